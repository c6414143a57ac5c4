#include "detect/fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "detect/evaluate.h"
#include "detect/test_machines.h"

namespace torpor::detect {
namespace {

Result<Fitted> FitTo(const std::vector<Life>& lives, std::string* problem = nullptr) {
  std::string words;
  auto fitted = Fit(Pointers(lives), TestOptions(), words);
  if (problem != nullptr) *problem = words;
  return fitted;
}

TEST(Fit, LeavesEveryHealthyScoreOfItsMachinesBelowOne) {
  const auto lives = Fleet(6, 200, 200);
  const auto fitted = FitTo(lives);
  ASSERT_TRUE(fitted.ok());
  EXPECT_EQ(fitted->baseline.machines, 6U);
  EXPECT_EQ(fitted->baseline.healthy_scores, 6U * 180U);
  for (const Life& life : lives) {
    EXPECT_FALSE(Judge(life, *fitted).first_alarm.has_value()) << life.id;
  }
}

TEST(Fit, IsTheSameEveryTime) {
  const auto lives = Fleet(4, 100, 100);
  EXPECT_EQ(FitTo(lives)->baseline.digest, FitTo(lives)->baseline.digest);
}

// The wildest machine makes the threshold, and only for others: without it the threshold
// is lower.
TEST(Fit, NamesTheMachineThatMadeTheThreshold) {
  auto lives = Fleet(6, 200, 200);
  std::mt19937 random(1);
  for (std::size_t i = 150; i < 200; ++i) lives[2].looks[i] = LookAt(random, 3, 0.5);
  const auto fitted = FitTo(lives);
  ASSERT_TRUE(fitted.ok());
  EXPECT_EQ(fitted->threshold_by, "machine-3");
  lives.erase(lives.begin() + 2);
  EXPECT_LT(FitTo(lives)->baseline.threshold, fitted->baseline.threshold);
}

TEST(Fit, DoesNotReadBeyondTheHealthyPart) {
  auto lives = Fleet(4, 200, 100);
  const auto failed = FitTo(lives);
  for (Life& life : lives) life.looks.resize(life.healthy_cycles);
  ASSERT_TRUE(failed.ok());
  EXPECT_EQ(failed->baseline.digest, FitTo(lives)->baseline.digest);
}

TEST(Fit, SetsBrokenLooksAside) {
  auto lives = Fleet(4, 200, 200);
  lives[0].looks[50].status = Status::kSensorDead;
  lives[0].looks[60].output.values[3] = std::nanf("");
  lives[1].looks[70].output.levels.rms_g[0] = 0;
  const auto fitted = FitTo(lives);
  ASSERT_TRUE(fitted.ok());
  EXPECT_EQ(fitted->baseline.healthy_scores, 4U * 180U - 3U);
  lives[0].looks[50].output.values.fill(100);  // what a dead sensor says is not read
  EXPECT_EQ(FitTo(lives)->baseline.digest, fitted->baseline.digest);
}

TEST(Fit, RefusesTooFewMachinesAndTooShortLives) {
  std::string problem;
  EXPECT_EQ(FitTo(Fleet(2, 200, 200), &problem).status(), Status::kTooFewRecordings);
  EXPECT_EQ(FitTo({}, &problem).status(), Status::kTooFewRecordings);
  auto lives = Fleet(4, 200, 200);
  lives[3].healthy_cycles = 25;
  EXPECT_EQ(FitTo(lives, &problem).status(), Status::kRecordingTooShort);
  EXPECT_NE(problem.find("machine-4"), std::string::npos) << problem;
  lives[3].healthy_cycles = 5;
  EXPECT_EQ(FitTo(lives, &problem).status(), Status::kRecordingTooShort);
  lives[3].looks.clear();
  EXPECT_EQ(FitTo(lives, &problem).status(), Status::kRecordingTooShort);
}

TEST(Fit, RefusesARuleThatNoBaselineHolds) {
  const auto lives = Fleet(4, 100, 100);
  for (const Rule& rule : {Rule{20, 0, 4, 6}, Rule{20, 3, 0, 6}, Rule{20, 3, 7, 6},
                           Rule{20, 61, 4, 6}, Rule{20, 3, 4, 65}, Rule{0, 3, 4, 6}}) {
    FitOptions options = TestOptions();
    options.rule = rule;
    std::string problem;
    EXPECT_EQ(Fit(Pointers(lives), options, problem).status(), Status::kOutOfRange);
  }
}

TEST(Evaluate, FindsEveryFaultOfMachinesThatTheFitNeverSaw) {
  const auto lives = Fleet(5, 300, 200);
  std::string problem;
  const auto outcomes = LeaveOneOut(lives, TestOptions(), problem);
  ASSERT_TRUE(outcomes.ok()) << problem;
  for (const Outcome& outcome : *outcomes) {
    ASSERT_TRUE(outcome.first_alarm) << outcome.id;
    EXPECT_FALSE(outcome.false_alarm);
    EXPECT_GT(*outcome.first_alarm, 200U);
    EXPECT_LT(*outcome.first_alarm, 260U);
    EXPECT_EQ(outcome.abstained, kTestRule.commissioning_cycles);
    EXPECT_EQ(outcome.end_over, 1.0);
    EXPECT_GT(outcome.auroc, 0.999);
    EXPECT_NE(outcome.threshold_by, outcome.id);
  }
}

TEST(Evaluate, CallsAnAlarmInTheHealthyPartFalse) {
  auto lives = Fleet(5, 300, 200);
  std::mt19937 random(2);
  for (std::size_t i = 100; i < 140; ++i) lives[1].looks[i] = LookAt(random, 2, 3);
  std::string problem;
  const auto outcomes = LeaveOneOut(lives, TestOptions(), problem);
  ASSERT_TRUE(outcomes.ok());
  EXPECT_TRUE((*outcomes)[1].false_alarm);
  EXPECT_GT((*outcomes)[1].healthy_over, 0.2);
}

TEST(Evaluate, AurocCountsPairs) {
  EXPECT_EQ(Auroc({3, 4}, {1, 2}), 1.0);
  EXPECT_EQ(Auroc({1, 2}, {3, 4}), 0.0);
  EXPECT_EQ(Auroc({2}, {1, 2, 3}), 0.5);
  EXPECT_EQ(Auroc({}, {1}), 0.5);
}

TEST(Evaluate, BoundsARateFromFewMachines) {
  EXPECT_NEAR(UpperBound(0, 9), 1 - std::pow(0.05, 1.0 / 9), 1e-9);
  EXPECT_NEAR(UpperBound(1, 9), 0.4291, 1e-4);  // tables of Clopper and Pearson
  EXPECT_NEAR(UpperBound(0, 3000), 3.0 / 3000, 3e-6) << "the rule of three";
  EXPECT_NEAR(UpperBound(9, 9), 1, 1e-9);
}

}  // namespace
}  // namespace torpor::detect

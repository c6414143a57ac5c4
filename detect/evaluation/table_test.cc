#include "detect/evaluation/table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "detect/evaluation/degradation.h"
#include "detect/evaluation/limit.h"
#include "detect/evaluation/test_minutes.h"
#include "detect/evaluation/threshold.h"

namespace torpor::detect::evaluation {
namespace {

// Scores the mean of a minute's features and complains when it judges whom it learned
// from.
class Spy final : public Row {
 public:
  explicit Spy(std::atomic<int>& complaints) : complaints_(complaints) {}

  class SpyJudge final : public Judge {
   public:
    SpyJudge(std::span<const Teacher> teachers, std::atomic<int>& complaints)
        : teachers_(teachers.begin(), teachers.end()), complaints_(complaints) {}
    Vector Score(const Minutes& own, const Minutes& what) const override {
      for (const Teacher& teacher : teachers_) {
        if (teacher.own == &own) ++complaints_;
      }
      return (what.tokens.colwise().mean().array() - own.tokens.mean()).transpose() +
             1e-3 * static_cast<double>(teachers_.size());
    }

   private:
    std::vector<Teacher> teachers_;
    std::atomic<int>& complaints_;
  };

  std::string name() const override { return "spy"; }
  std::unique_ptr<const Judge> Fit(std::span<const Teacher> teachers) const override {
    return std::make_unique<SpyJudge>(teachers, complaints_);
  }

 private:
  std::atomic<int>& complaints_;
};

class Tables : public testing::Test {
 protected:
  ScoreTable Score() {
    std::vector<std::unique_ptr<Row>> rows;
    rows.push_back(std::make_unique<Spy>(complaints_));
    return ScoreNested(rows, machines_, {}).front();
  }

  std::atomic<int> complaints_ = 0;
  std::vector<Machine> machines_ = MakeMachines(5);
};

TEST_F(Tables, NobodyIsJudgedByWhatLearnedFromHim) {
  Score();
  EXPECT_EQ(complaints_, 0);
}

TEST_F(Tables, AThresholdIsMadeWithoutTheOneItIsFor) {
  const ScoreTable table = Score();
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 5; ++j) {
      if (i == j) {
        EXPECT_EQ(table.nested[i][j].size(), 0);
        continue;
      }
      // Four teachers when one is left out, three when two are.
      const auto n = table.nested[i][j].size();
      EXPECT_NEAR((table.life[j].head(n) - table.nested[i][j]).maxCoeff(), 1e-3, 1e-12);
    }
  }
  ScoreTable loud = table;
  loud.nested[0][2](static_cast<Eigen::Index>(machines_[2].spans.healthy.first)) = 50;
  loud.nested[0][3](static_cast<Eigen::Index>(machines_[3].spans.healthy.end) - 1) = 40;
  loud.nested[0][1](static_cast<Eigen::Index>(machines_[1].spans.healthy.first) - 1) = 90;
  EXPECT_EQ(ForeignThreshold(loud, machines_, 0).value, 50);
  EXPECT_EQ(ForeignThreshold(loud, machines_, 0).by, 2U);
  EXPECT_LT(ForeignThreshold(loud, machines_, 1).value, 1);
}

TEST_F(Tables, AreTheSameEachTime) {
  const ScoreTable once = Score(), again = Score();
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(once.life[i], again.life[i]);
}

TEST_F(Tables, TheLargerOfTwoIsOverItsOwnThreshold) {
  ScoreTable a = Score(), b = a;
  for (Vector& life : b.life) life.setConstant(1e-6);
  const ScoreTable fused = FuseByThreshold(a, b, machines_);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(ForeignThreshold(fused, machines_, i).value, 1);
    const double threshold = ForeignThreshold(a, machines_, i).value;
    EXPECT_NEAR(fused.life[i].maxCoeff(), a.life[i].maxCoeff() / threshold, 1e-12);
  }
}

TEST_F(Tables, SmoothingBeginsWithCommissioningAndStepsByItsShare) {
  ScoreTable table = Score();
  const auto first = static_cast<Eigen::Index>(machines_[0].spans.own.first);
  table.life[0].setZero();
  table.life[0].head(first).setConstant(100);  // run-in
  table.life[0](first + 10) = 1;
  const ScoreTable smooth = Smooth(table, 0.25, machines_);
  EXPECT_EQ(smooth.life[0](first + 9), 0);
  EXPECT_NEAR(smooth.life[0](first + 10), 0.25, 1e-12);
  EXPECT_NEAR(smooth.life[0](first + 11), 0.25 * 0.75, 1e-12);
}

TEST_F(Tables, NotFiniteNamesTheMachine) {
  ScoreTable table = Score();
  EXPECT_FALSE(NotFinite(table));
  table.life[3](7) = std::nan("");
  EXPECT_EQ(NotFinite(table), 3U);
}

TEST_F(Tables, AFaultAtTheEndIsFoundByAllAndMissedByNone) {
  const Degradation result = JudgeDegradation(Score(), machines_, 1);
  EXPECT_EQ(result.auroc.value, 1);
  EXPECT_EQ(result.pooled.value, 1);
  EXPECT_EQ(result.alarmed, 5U);
  EXPECT_EQ(result.false_alarms, 0U);
  EXPECT_EQ(result.tpr.value, 1);
  EXPECT_NEAR(result.drift.value, 0.5, 0.2);
  for (const Heard& heard : result.machines) {
    ASSERT_TRUE(heard.alarm);
    EXPECT_GT(heard.lead_minutes, 5U);
    EXPECT_NE(heard.threshold_by, heard.id);
  }
}

TEST_F(Tables, InjectedMinutesAreJudgedAtTheForeignThreshold) {
  for (Machine& machine : machines_) {
    for (std::size_t level = 0; level < kLevelsDb.size(); ++level) {
      machine.injected.push_back(
          machine.life.Part(level == 3 ? machine.life.count() - 4 : 30, 4));
    }
  }
  const auto limit = JudgeLimit(Score(), machines_, 1);
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->positives, 20U);
  EXPECT_EQ(limit->auroc[3].value, 1);
  EXPECT_EQ(limit->tpr[3].value, 1);
  EXPECT_LT(limit->auroc[0].value, 0.9);
  machines_[1].injected.clear();
  EXPECT_FALSE(JudgeLimit(Score(), machines_, 1));
}

TEST(FirstAlarm, IsTheMinuteThatCompletesThreeOfFive) {
  Vector s = Vector::Zero(20);
  const auto at = [&](std::initializer_list<int> minutes, std::size_t from) {
    s.setZero();
    for (const int minute : minutes) s(minute) = 2;
    return FirstAlarm(s, 1, from);
  };
  EXPECT_EQ(at({3, 4, 5}, 0), 5U);
  EXPECT_EQ(at({3, 5, 7}, 0), 7U);
  EXPECT_EQ(at({3, 5, 8}, 0), std::nullopt);
  EXPECT_EQ(at({3, 5, 8, 9}, 0), 9U);
  EXPECT_EQ(at({3, 4, 5, 6}, 5), std::nullopt);  // minutes before `from` do not count
  EXPECT_EQ(at({0, 1, 2}, 0), 2U);
  EXPECT_EQ(at({17, 18, 19}, 0), 19U);
  s.setConstant(1);
  EXPECT_EQ(FirstAlarm(s, 1, 0), std::nullopt);  // at the threshold is not above it
}

}  // namespace
}  // namespace torpor::detect::evaluation

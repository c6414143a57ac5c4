// The old programs: each fault does what the story says, and nothing without it.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "simulate/replay_robot.h"
#include "simulate/test_replay.h"

namespace torpor::simulate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr NightFaults kBuffer{true, false, false};
constexpr NightFaults kSession{false, true, false};
constexpr NightFaults kConfigurations{false, false, true};

TestRobot WithOneHiccup() {
  TestRobot robot;
  robot.hiccups = {{Instant(minutes(30)), Instant(minutes(40))}};
  return robot;
}

std::ptrdiff_t InferredFrom(const RobotReplay& life, Instant from, Instant to) {
  return std::ranges::count_if(life.inferred,
                               [&](Instant at) { return at >= from && at < to; });
}

TEST(ReplayOldRobot, OnPaperItInfersOnceInEachPeriodAndRests) {
  const TestRobot robot;
  const RobotReplay life = ReplayOldRobot(robot.scene(), kNoFaults);
  EXPECT_NEAR(static_cast<double>(life.inferred.size()), 120, 2);
  for (const Microseconds gap : Gaps(life)) EXPECT_EQ(gap, minutes(1));
  EXPECT_EQ(life.most_waiting, 1U);
  EXPECT_LT(TimeOf(life, Draw::kResident), robot.shift / 50);
  EXPECT_LT(TimeOf(life, Draw::kAwake), robot.shift / 10);
}

TEST(ReplayOldRobot, WithoutAHiccupThereIsNoBacklogWhateverItsFaults) {
  const TestRobot robot;
  for (const NightFaults& faults : {kAllFaults, kBuffer, kSession, kConfigurations}) {
    const RobotReplay life = ReplayOldRobot(robot.scene(), faults);
    EXPECT_EQ(life.most_waiting, 1U);
    EXPECT_LE(life.inferred.size(), 121U);
    EXPECT_LT(life.oldest_inferred, seconds(70));
  }
}

TEST(ReplayOldRobot, TheBufferIsInferredBatchByBatchWhenTheLinkComesBack) {
  const TestRobot robot = WithOneHiccup();
  const Instant back = robot.hiccups[0].to;
  const RobotReplay life = ReplayOldRobot(robot.scene(), kBuffer);
  EXPECT_EQ(InferredFrom(life, robot.hiccups[0].from, back), 0);
  // Ten minutes without a pause between windows of 5 s, and more all the while.
  EXPECT_GE(life.most_waiting, 120U);
  EXPECT_GT(InferredFrom(life, back, back + minutes(10)), 110);
  EXPECT_GT(life.oldest_inferred, minutes(9));
  const RobotReplay without = ReplayOldRobot(robot.scene(), kNoFaults);
  EXPECT_EQ(InferredFrom(without, back, back + minutes(10)), 10);
  EXPECT_EQ(without.most_waiting, 1U);
  EXPECT_LT(without.oldest_inferred, seconds(70));
}

TEST(ReplayOldRobot, AHiccupInTheMiddleOfAHandOverLeavesTheBatchWhereItIs) {
  TestRobot robot;
  // It asks at each full minute of its own, and a hand-over takes four seconds.
  const Instant asks = Instant(robot.phase) + minutes(10);
  robot.hiccups = {{asks + seconds(1), asks + seconds(2)}};
  const RobotReplay life = ReplayOldRobot(robot.scene(), kBuffer);
  EXPECT_EQ(InferredFrom(life, asks, asks + minutes(1)), 0);
  EXPECT_GE(InferredFrom(life, asks + minutes(1), asks + minutes(2)), 12);
}

TEST(ReplayOldRobot, ABatchOnItsWayDoesNotGiveWayToANewerOne) {
  TestRobot robot;
  robot.assumptions.old_link_baud = 19'200;  // fifty seconds, and the next one is there
  const RobotReplay life = ReplayOldRobot(robot.scene(), kNoFaults);
  EXPECT_GT(life.oldest_inferred, seconds(100));
  EXPECT_GT(life.inferred.size(), 110U) << "what came meanwhile was lost";
}

TEST(ReplayOldRobot, AFasterLinkWorksTheBacklogOffAndThenItRestsAgain) {
  TestRobot robot = WithOneHiccup();
  robot.assumptions.old_link_baud = 921'600;
  const RobotReplay life = ReplayOldRobot(robot.scene(), kBuffer);
  const Instant later(minutes(60));
  EXPECT_EQ(InferredFrom(life, later, later + minutes(30)), 30);
}

TEST(ReplayOldRobot, ASessionThatIsLeftOpenKeepsTheGpuUpFromTheFirstInferenceOn) {
  const TestRobot robot;
  const RobotReplay life = ReplayOldRobot(robot.scene(), kSession);
  ASSERT_FALSE(life.inferred.empty());
  const Microseconds session = SecondsToTime(robot.assumptions.session_seconds);
  EXPECT_EQ(TimeOf(life, Draw::kResident),
            Instant(robot.shift) - (life.inferred.front() - session));
  // Nobody waits, so that no more is inferred; but each launch leaves work behind.
  const Microseconds work = SecondsToTime(robot.assumptions.inference_seconds +
                                          robot.assumptions.stray_work_seconds);
  const auto launches = static_cast<std::int64_t>(life.inferred.size());
  EXPECT_EQ(TimeOf(life, Draw::kGpuWork), work * launches);
}

TEST(ReplayOldRobot, LaunchesThatNobodyWaitsForQueueUpOnTheGpu) {
  TestRobot robot = WithOneHiccup();
  robot.assumptions.old_link_baud = 921'600;  // the backlog is gone by the 45th minute
  robot.assumptions.stray_work_seconds = 30;
  const RobotReplay life = ReplayOldRobot(robot.scene(), {true, true, false});
  EXPECT_GE(life.most_waiting, 120U);
  // Two and a half minutes of batches have left an hour of work.
  const DrawTimes& later = life.ledger.bins()[75];
  EXPECT_EQ(later[static_cast<std::size_t>(Draw::kGpuWork)], minutes(1));
  EXPECT_LE(TimeOf(life, Draw::kGpuWork), robot.shift);
}

TEST(ReplayOldRobot, TwoConfigurationsMakeTheComputerAskInVain) {
  const TestRobot robot;
  const RobotReplay paper = ReplayOldRobot(robot.scene(), kNoFaults);
  const RobotReplay apart = ReplayOldRobot(robot.scene(), kConfigurations);
  EXPECT_GT(TimeOf(apart, Draw::kAwake), TimeOf(paper, Draw::kAwake) + minutes(1));
  EXPECT_NEAR(static_cast<double>(apart.inferred.size()),
              static_cast<double>(paper.inferred.size()), 12);
}

TEST(ReplayOldRobot, ItTellsNobody) {
  const TestRobot robot = WithOneHiccup();
  EXPECT_TRUE(ReplayOldRobot(robot.scene(), kAllFaults).pushes.empty());
}

TEST(ReplayHiccups, TheyAreThoseOfTheSeedAndTheRobotAndComeAsOftenAsAssumed) {
  const ReplayAssumptions a;
  const auto hiccups = Hiccups(1, 2, hours(24), a);
  const auto again = Hiccups(1, 2, hours(24), a);
  ASSERT_EQ(hiccups.size(), again.size());
  Microseconds down{};
  for (std::size_t i = 0; i < hiccups.size(); ++i) {
    EXPECT_EQ(hiccups[i].from, again[i].from);
    EXPECT_LT(hiccups[i].from, hiccups[i].to);
    const Instant before = i > 0 ? hiccups[i - 1].to : Instant();
    EXPECT_LT(before, hiccups[i].from);
    down += hiccups[i].to - hiccups[i].from;
  }
  // Twelve an hour of uptime, each of half a minute on average.
  EXPECT_NEAR(static_cast<double>(hiccups.size()), 24 * 12 * 0.91, 60);
  EXPECT_NEAR(static_cast<double>(down.count()) / 1e6,
              30.0 * static_cast<double>(hiccups.size()), 2000);
  EXPECT_NE(Hiccups(1, 3, hours(24), a)[0].from, hiccups[0].from);
  EXPECT_NE(Hiccups(2, 2, hours(24), a)[0].from, hiccups[0].from);
}

TEST(ReplayHiccups, NoneWhenThereAreNone) {
  ReplayAssumptions a;
  a.hiccups_per_hour = 0;
  EXPECT_TRUE(Hiccups(1, 2, hours(24), a).empty());
}

}  // namespace
}  // namespace torpor::simulate

// Torpor's promises hold in the replay, because its own code keeps them there.
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

constexpr std::uint64_t kSeeds = 24;

// A robot in a night of many hiccups, short ones and long ones.
TestRobot BadNight(std::uint64_t seed) {
  TestRobot robot;
  robot.shift = hours(8);
  robot.phase = seconds(static_cast<std::int64_t>(seed) * 2);
  robot.assumptions.hiccups_per_hour = 20;
  robot.assumptions.hiccup_seconds = 45;
  robot.hiccups = Hiccups(seed, seed, robot.shift, robot.assumptions);
  return robot;
}

TEST(ReplayTorporRobot, NeverInfersTwiceInAPeriod) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestRobot robot = BadNight(seed);
    const RobotReplay life = ReplayTorporRobot(robot.scene(), {});
    EXPECT_GT(life.inferred.size(), 200U) << "seed " << seed;
    for (const Microseconds gap : Gaps(life)) {
      ASSERT_GE(gap, robot.terms.period - robot.terms.mcu_guard) << "seed " << seed;
    }
  }
}

TEST(ReplayTorporRobot, NeverInfersABatchOverItsAge) {
  std::uint64_t stale = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    TestRobot robot = BadNight(seed);
    robot.terms.max_batch_age = seconds(20);
    const RobotReplay life = ReplayTorporRobot(robot.scene(), {});
    EXPECT_LE(life.oldest_inferred, robot.terms.max_batch_age) << "seed " << seed;
    stale += life.stale;
  }
  EXPECT_GT(stale, 0U) << "no batch was ever over its age: the night was too good";
}

TEST(ReplayTorporRobot, HoldsNoMoreBatchesThanItsContractAllows) {
  TestRobot robot;
  robot.hiccups = {{Instant(minutes(30)), Instant(minutes(60))}};
  const RobotReplay three = ReplayTorporRobot(robot.scene(), {});
  EXPECT_EQ(three.most_waiting, robot.terms.queue_limit_batches);
  robot.terms.queue_limit_batches = 2;
  EXPECT_EQ(ReplayTorporRobot(robot.scene(), {}).most_waiting, 2U);
}

TEST(ReplayTorporRobot, AfterAHiccupOneBatchIsInferredAndTheOthersAreCounted) {
  TestRobot robot;
  robot.hiccups = {{Instant(minutes(30)), Instant(minutes(40))}};
  const RobotReplay life = ReplayTorporRobot(robot.scene(), {});
  EXPECT_EQ(std::ranges::count_if(life.inferred,
                                  [&](Instant at) {
                                    return at >= robot.hiccups[0].to &&
                                           at < robot.hiccups[0].to + minutes(1);
                                  }),
            1);
  EXPECT_NEAR(static_cast<double>(life.dropped), 10, 1);
}

TEST(ReplayTorporRobot, EveryBatchIsInferredOrCounted) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestRobot robot = BadNight(seed);
    const RobotReplay life = ReplayTorporRobot(robot.scene(), {});
    const auto captured = static_cast<std::uint64_t>(
        (robot.shift - robot.phase - robot.terms.sample) / robot.terms.period + 1);
    const std::uint64_t told = life.inferred.size() + life.dropped + life.stale;
    // What waits when the shift ends is neither yet.
    EXPECT_LE(told, captured + 1) << "seed " << seed;
    EXPECT_GE(told + robot.terms.queue_limit_batches, captured) << "seed " << seed;
  }
}

TEST(ReplayTorporRobot, EveryStepIsOneOfTheTablesAndEachCycleFitsItsBudget) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestRobot robot = BadNight(seed);
    const RobotReplay life = ReplayTorporRobot(robot.scene(), {});
    EXPECT_EQ(life.unlisted_steps, 0U) << "seed " << seed;
    EXPECT_GT(life.most_modelled.value, 0) << "seed " << seed;
    EXPECT_LE(life.most_modelled, robot.terms.cycle_budget) << "seed " << seed;
  }
}

TEST(ReplayTorporRobot, IsNeverSilentForLongerThanTwoPeriods) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestRobot robot = BadNight(seed);
    const RobotReplay life = ReplayTorporRobot(robot.scene(), {});
    for (std::size_t i = 1; i < life.pushes.size(); ++i) {
      ASSERT_LE(life.pushes[i].at - life.pushes[i - 1].at,
                2 * robot.terms.period + robot.terms.awake())
          << "seed " << seed;
    }
  }
}

TEST(ReplayTorporRobot, WithoutTroubleItBreaksNothingAndTheGpuRests) {
  const TestRobot robot;
  const RobotReplay life = ReplayTorporRobot(robot.scene(), {});
  EXPECT_EQ(life.breaches, 0U);
  EXPECT_EQ(life.late, 0U);
  EXPECT_LT(TimeOf(life, Draw::kResident), robot.shift / 50);
}

TEST(ReplayTorporRobot, ASessionThatIsHeldIsABreachInEachCycleFromTheNextOneOn) {
  const TestRobot robot;
  const RobotReplay life = ReplayTorporRobot(robot.scene(), {.session_held = true});
  std::uint32_t before = 0;
  for (const ReplayPush& push : life.pushes) {
    const std::uint32_t now =
        push.breaches[static_cast<std::size_t>(cycle::Clause::kGpuResidency)];
    if (push.at < life.inferred.front() + minutes(1)) {
      EXPECT_EQ(now, 0U);
    } else {
      EXPECT_EQ(now, before + 1);
    }
    before = now;
  }
  EXPECT_GT(before, 100U);
  EXPECT_EQ(TimeOf(life, Draw::kResident), Instant(robot.shift) - life.inferred.front());
  // And it goes on with its work.
  EXPECT_EQ(life.inferred.size(), ReplayTorporRobot(robot.scene(), {}).inferred.size());
}

TEST(ReplayTorporRobot, AnInferenceThatIsLateIsEndedAtItsDeadline) {
  TestRobot robot;
  robot.assumptions.session_seconds = 3;
  const RobotReplay life = ReplayTorporRobot(robot.scene(), {});
  EXPECT_EQ(life.late, life.inferred.size());
  EXPECT_EQ(life.unlisted_steps, 0U);
  const auto inferences = static_cast<std::int64_t>(life.inferred.size());
  EXPECT_EQ(TimeOf(life, Draw::kResident),
            (robot.terms.infer + robot.terms.release +
             SecondsToTime(robot.assumptions.gpu_tail_seconds)) *
                inferences);
}

TEST(ReplayTorporRobot, TwoContractsAreRefusedAndThatIsTold) {
  TestRobot robot;
  const RobotReplay life =
      ReplayTorporRobot(robot.scene(), {.configurations_apart = true});
  EXPECT_TRUE(life.inferred.empty());
  ASSERT_EQ(life.pushes.size(), 1U);
  EXPECT_TRUE(life.pushes[0].refused);
  EXPECT_LT(TimeOf(life, Draw::kAwake), seconds(10));
  // Not apart is not two.
  robot.assumptions.configurations_apart_seconds = 0;
  EXPECT_FALSE(
      ReplayTorporRobot(robot.scene(), {.configurations_apart = true}).inferred.empty());
}

}  // namespace
}  // namespace torpor::simulate

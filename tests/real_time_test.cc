// The real programs in real time: a firmware that nobody stops, a robot that is killed at
// any moment, gateways that do not answer.
#include <signal.h>

#include <chrono>

#include "tests/real_time_bench.h"

namespace torpor::tests {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST_F(RealTime, InfersOncePerCycleOnFreshDataAndPushesEachCycle) {
  auto robot = StartRobot({"--cycles", "5"});
  EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  const auto cycles = Cycles();
  ASSERT_EQ(cycles.size(), 5U);
  int inferred = 0;
  for (const auto& cycle : cycles) {
    if (!cycle.inferred) continue;
    ++inferred;
    EXPECT_LT(cycle.batch_age, 2400ms) << "cycle " << cycle.cycle;
    if (cycle.since_last_inference.count() > 0) {
      EXPECT_GE(cycle.since_last_inference, 1900ms) << "cycle " << cycle.cycle;
    }
    EXPECT_EQ(cycle.wakeups_asleep, 0U) << "cycle " << cycle.cycle;
  }
  EXPECT_GE(inferred, 3);
  EXPECT_EQ(gateway_.pushes(), 5U);
  const auto pages = gateway_.pages();
  EXPECT_EQ(pages.back().method, "PUT");
  EXPECT_EQ(pages.back().path, "/metrics/job/torpor/instance/robot-1");
}

TEST_F(RealTime, AKilledRobotGoesOnWhereItsJournalEnds) {
  for (int i = 0; i < 4; ++i) {
    auto robot = StartRobot();
    std::this_thread::sleep_for(1300ms + i * 700ms);  // asleep, awake, in between
    robot.Ask(SIGKILL);
    EXPECT_EQ(robot.Wait(), 128 + SIGKILL);
  }
  auto robot = StartRobot({"--cycles", "3"});
  EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  const auto cycles = Cycles();
  ASSERT_GE(cycles.size(), 4U);
  std::uint64_t last_batch = 0;
  for (std::size_t i = 0; i < cycles.size(); ++i) {
    EXPECT_EQ(cycles[i].cycle, i + 1) << "no cycle is lost and none is told twice";
    if (!cycles[i].inferred) continue;
    EXPECT_GT(cycles[i].batch_sequence, last_batch) << "no batch is inferred twice";
    last_batch = cycles[i].batch_sequence;
    if (cycles[i].since_last_inference.count() > 0) {
      EXPECT_GE(cycles[i].since_last_inference, 1900ms) << "cycle " << i + 1;
    }
  }
}

TEST_F(RealTime, AFirmwareThatRestartsIsGreetedAgain) {
  auto robot = StartRobot({"--cycles", "7"});
  std::this_thread::sleep_for(4500ms);
  firmware_.Ask(SIGKILL);
  firmware_.Wait();
  std::filesystem::remove(folder_ / "mcu.sock");
  firmware_ = StartFirmware();
  EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  const auto cycles = Cycles();
  ASSERT_EQ(cycles.size(), 7U);
  EXPECT_TRUE(cycles.back().inferred || cycles[5].inferred)
      << Contents(folder_ / "robot.log");
}

TEST_F(RealTime, ASlowGatewayCostsItsStepAndNoMore) {
  for (const auto fault :
       {simulate::GatewayFault::kHang, simulate::GatewayFault::kDrip,
        simulate::GatewayFault::kReset, simulate::GatewayFault::kRubbish}) {
    gateway_.set_fault(fault);
    auto robot = StartRobot({"--cycles", "2"});
    EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  }
  int failed = 0;
  for (const auto& cycle : Cycles()) {
    const auto report = cycle.phases[static_cast<std::size_t>(telemetry::Phase::kReport)];
    EXPECT_LT(report, 1000ms) << "300 ms are the contract's; the rest is a slow machine";
    for (const auto& deviation : cycle.deviations) {
      failed += static_cast<int>(deviation.what) / 100 == 6 ? 1 : 0;
    }
  }
  EXPECT_GE(failed, 4) << "each fault is a counted deviation";
}

}  // namespace
}  // namespace torpor::tests

#include "agent/robot.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cmath>
#include <memory>

#include "agent/robot_under_test.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using telemetry::CycleRecord;

TEST_F(RobotTest, ABitThatFlipsInTheTermsEndsTheWorkUnderThem) {
  const std::uint32_t scrub = terms().scrub_cycles;
  auto& budget = const_cast<contract::Terms&>(terms()).cycle_budget;
  const auto seen = Run(3 * scrub, [&](std::size_t cycles) {
    if (cycles == scrub + 5) budget.value ^= 64;
  });
  EXPECT_EQ(ending_.kind, Ending::Kind::kTermsChanged);
  EXPECT_EQ(seen.size(), 2 * scrub) << "found at the next look";
}

TEST_F(RobotTest, InfersOnceACycleReleasesAndTellsTheGateway) {
  const auto cycles = Run(6);
  ASSERT_EQ(cycles.size(), 6U);
  EXPECT_EQ(engine_.inferences, 6);
  EXPECT_GE(engine_.releases, 6);
  EXPECT_EQ(gateway_.pushes(), 6U);
  for (std::size_t i = 1; i < cycles.size(); ++i) {
    EXPECT_TRUE(cycles[i].deviations.empty())
        << i << " " << cycles[i].deviations[0].detail;
    EXPECT_GE(cycles[i].since_last_inference, terms().period);
    EXPECT_EQ(cycles[i].cycle, i + 1);
  }
}

TEST_F(RobotTest, TheWatchdogIsArmedAwakeAndDisarmedAsleep) {
  Run(3);
  ASSERT_GE(world_.watchdog.size(), 5U);
  for (std::size_t i = 0; i < world_.watchdog.size(); ++i) {
    EXPECT_EQ(world_.watchdog[i], i % 2 == 0 ? Microseconds(2 * terms().awake()) : 0ms)
        << i;
  }
}

TEST_F(RobotTest, AStaleBatchIsDroppedCountedAndNotInferred) {
  world_.batch_age = terms().max_batch_age + 1ms;
  const auto cycles = Run(2);
  EXPECT_EQ(engine_.inferences, 0);
  for (const CycleRecord& cycle : cycles) {
    EXPECT_EQ(cycle.dropped_stale, 1U);
    EXPECT_EQ(cycle.why_abstained, Status::kBatchStale);
    EXPECT_TRUE(Has(cycle, Status::kBatchStale));
  }
}

TEST_F(RobotTest, CountsWhatTheFirmwareDropped) {
  const auto cycles = Run(3, [this](std::size_t) { world_.dropped = 2; });
  EXPECT_EQ(cycles[0].dropped_overrun, 0U);
  EXPECT_EQ(cycles[1].dropped_overrun, 2U);
  EXPECT_EQ(cycles[2].dropped_overrun, 2U);
}

TEST_F(RobotTest, ASecondInferenceWithinAPeriodIsRefusedAcrossARestart) {
  Run(2);
  world_.now += 1s;  // killed and started again at once
  const int before = engine_.inferences;
  const auto cycles = Run(1);
  ASSERT_EQ(engine_.inferences, before);
  EXPECT_EQ(cycles[0].why_abstained, Status::kIntervalTooShort);
  boot_id_ = "boot-2";  // after a boot of the machine its old clock means nothing
  Run(1);
  EXPECT_EQ(engine_.inferences, before + 1);
}

TEST_F(RobotTest, EachStepThatOverrunsIsACountedDeviation) {
  engine_.takes = terms().infer + 1ms;
  EXPECT_TRUE(Has(Run(1)[0], Status::kInferLate));
  engine_.takes = 1ms;
  engine_.release_takes = terms().release + 1ms;
  world_.now += 60s;
  EXPECT_TRUE(Has(Run(1)[0], Status::kReleaseLate));
}

TEST_F(RobotTest, AnAbsurdlySlowEngineStillEndsInAReportAndSleep) {
  engine_.takes = 30s;
  const auto cycles = Run(2);
  ASSERT_EQ(cycles.size(), 2U);
  EXPECT_TRUE(Has(cycles[0], Status::kInferLate));
  EXPECT_EQ(ending_.kind, Ending::Kind::kCyclesDone);
}

TEST_F(RobotTest, TheEnginesReasonIsTheReasonToAbstain) {
  engine_.answer = Status::kSensorClipped;
  EXPECT_EQ(Run(1)[0].why_abstained, Status::kSensorClipped);
}

TEST_F(RobotTest, ALinkThatIsDownIsADeviationNotAnEnd) {
  world_.cable = false;
  const auto cycles = Run(3);
  ASSERT_EQ(cycles.size(), 3U);
  for (const CycleRecord& cycle : cycles) {
    EXPECT_EQ(cycle.why_abstained, Status::kLinkDown);
    EXPECT_TRUE(Has(cycle, Status::kLinkDown));
  }
  EXPECT_GE(cycles[2].woke - cycles[1].woke, terms().period) << "asleep in between";
}

TEST_F(RobotTest, WakesByItsShiftBehindItsBatch) {
  const auto together = Run(4);
  world_.now += 60s;
  phase_ = 3s;
  const auto shifted = Run(4);
  // Each time the next batch is a period away; right after boot it need not be waited
  // for.
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(shifted[i].woke - shifted[i - 1].woke,
              together[i].woke - together[i - 1].woke + 3s -
                  (i == 1 ? terms().period : Milliseconds{0}));
  }
}

TEST_F(RobotTest, WithoutALinkItIsShiftedOnceAndThenKeepsItsPeriod) {
  world_.cable = false;
  for (const Milliseconds phase : {1000ms, 3000ms}) {
    phase_ = phase;
    const auto cycles = Run(4);
    ASSERT_EQ(cycles.size(), 4U);
    // Within its first period, where there is time for a cycle.
    EXPECT_EQ(cycles[1].woke - cycles[0].woke,
              phase > terms().awake() ? phase : terms().period + phase);
    EXPECT_EQ(cycles[2].woke - cycles[1].woke, terms().period);
    EXPECT_EQ(cycles[3].woke - cycles[2].woke, terms().period);
    world_.now += 60s;
  }
}

TEST_F(RobotTest, ASilentFirmwareCostsNoMoreThanCollecting) {
  world_.firmware_speaks = false;
  for (const CycleRecord& cycle : Run(2)) {
    EXPECT_LE(cycle.phases[static_cast<std::size_t>(telemetry::Phase::kCollect)],
              terms().collect);
    EXPECT_TRUE(Has(cycle, Status::kLinkDown));
  }
}

TEST_F(RobotTest, WakingLateAndMissingCyclesAreDeviations) {
  world_.oversleep = terms().wake + 1ms;
  EXPECT_TRUE(Has(Run(2)[1], Status::kWokeLate));
  world_.oversleep = 3 * terms().period;
  const auto cycles = Run(2);
  EXPECT_TRUE(Has(cycles[1], Status::kCycleMissed));
}

TEST_F(RobotTest, AClockThatStepsIsCountedOnce) {
  const auto cycles = Run(4, [this](std::size_t done) {
    if (done == 2) world_.wall_offset_us += 3'600'000'000;
  });
  EXPECT_FALSE(Has(cycles[1], Status::kClockStepped));
  EXPECT_TRUE(Has(cycles[2], Status::kClockStepped));
  EXPECT_FALSE(Has(cycles[3], Status::kClockStepped));
}

TEST_F(RobotTest, WhoeverWakesItInItsSleepIsADeviation) {
  world_.wakeups = 7;
  const auto cycles = Run(2);
  EXPECT_EQ(cycles[1].wakeups_asleep, 7U);
  EXPECT_TRUE(Has(cycles[1], Status::kTooManyWakeups));
}

TEST_F(RobotTest, ACycleOverItsBudgetIsADeviation) {
  world_.oversleep = std::chrono::hours(1);
  EXPECT_TRUE(Has(Run(2)[1], Status::kCycleOverBudget));
}

TEST_F(RobotTest, ALeaseThatSomebodyForgotIsRevokedBeforeSleepAndNamed) {
  int killed = 0;
  std::optional<power::Lease> forgotten;
  engine_.on_infer = [&] {
    forgotten = leases_.Take(power::Consumer::kAccelerator, world_.now, world_.now + 1s,
                             [&killed] { ++killed; });
    engine_.on_infer = nullptr;
  };
  const auto cycles = Run(2);
  EXPECT_EQ(killed, 1);
  EXPECT_FALSE(forgotten->open());
  ASSERT_TRUE(Has(cycles[1], Status::kLeaseRevoked));
  const auto deviation = std::ranges::find(cycles[1].deviations, Status::kLeaseRevoked,
                                           &telemetry::Deviation::what);
  EXPECT_NE(deviation->detail.find("accelerator"), std::string::npos);
  EXPECT_NE(gateway_.pages().back().body.find("\ntorpor_leases_revoked_total 1\n"),
            std::string::npos);
}

TEST_F(RobotTest, ALinkThatSomebodyTookIsClosedAndOpenedAgain) {
  std::optional<power::Lease> forgotten;
  engine_.on_infer = [&] {
    forgotten = leases_.Take(power::Consumer::kLink, world_.now, world_.now + 1s,
                             [this] { world_.CloseLink(); });
    engine_.on_infer = nullptr;
  };
  const auto cycles =
      Run(3, [&](std::size_t done) { EXPECT_EQ(world_.link_open(), done != 1); });
  EXPECT_TRUE(Has(cycles[1], Status::kLeaseRevoked));
  EXPECT_TRUE(cycles[1].inferred);
  EXPECT_TRUE(cycles[2].deviations.empty());
}

TEST_F(RobotTest, NobodyElseSuspendsTheMachineWithinACycle) {
  folder_.Write("wake_lock", "");
  folder_.Write("wake_unlock", "");
  wake_locks_ = folder_.path();
  engine_.on_infer = [&] {
    EXPECT_TRUE(folder_.Slurp("wake_lock").starts_with("torpord "));
    EXPECT_EQ(folder_.Slurp("wake_unlock"), "");
    engine_.on_infer = nullptr;
  };
  const auto cycles = Run(2);
  EXPECT_EQ(folder_.Slurp("wake_unlock"), "torpord") << "given back, not revoked";
  EXPECT_FALSE(Has(cycles[1], Status::kLeaseRevoked));
}

TEST_F(RobotTest, TheRungIsSetAnewAndAColdOneHasItsReason) {
  int times = 0;
  rung_again_ = [&times]() -> std::optional<telemetry::Deviation> {
    if (++times == 1) return std::nullopt;
    return telemetry::Deviation{Status::kCalibrationForeign, "power mode"};
  };
  const auto cycles = Run(2 * terms().scrub_cycles + 1);
  EXPECT_EQ(times, 2);
  EXPECT_FALSE(Has(cycles[terms().scrub_cycles], Status::kCalibrationForeign));
  EXPECT_TRUE(Has(cycles.back(), Status::kCalibrationForeign));
}

TEST_F(RobotTest, LatenessAndAgeAreAllowedUpToTheirLimit) {
  world_.oversleep = terms().wake;
  world_.batch_age = terms().max_batch_age;
  const auto cycles = Run(2);
  EXPECT_FALSE(Has(cycles[1], Status::kWokeLate));
  EXPECT_FALSE(Has(cycles[1], Status::kBatchStale));
}

TEST_F(RobotTest, ThePreviousRunsWatchdogIsTold) {
  found_at_boot_ = Status::kWatchdogFired;
  const auto cycles = Run(2);
  EXPECT_TRUE(Has(cycles[0], Status::kWatchdogFired));
  EXPECT_FALSE(Has(cycles[1], Status::kWatchdogFired));
}

TEST_F(RobotTest, WhatWasLearnedOnAnotherGroundIsToldOnceAndLearnedAnew) {
  const auto learned = [this] {
    const std::string page = gateway_.pages().back().body;
    const auto at = page.find("\ntorpor_commissioning_ratio ");
    return std::lround(std::stod(page.substr(at + 28)) * terms().commissioning_cycles);
  };
  Run(3);
  EXPECT_EQ(learned(), 3);
  world_.now += 60s;
  auto cycles = Run(1);
  EXPECT_TRUE(cycles[0].deviations.empty());
  EXPECT_EQ(learned(), 4) << "the same ground, and work goes on";
  contract::Terms next = terms();
  next.sensor_slots[0].sample_rate_millihertz /= 2;
  ground_ = detect::GroundOf(next);
  world_.now += 60s;
  found_at_boot_ = Status::kWatchdogFired;
  cycles = Run(2);
  EXPECT_EQ(learned(), 2);
  EXPECT_TRUE(Has(cycles[0], Status::kWatchdogFired)) << "neither hides the other";
  ASSERT_TRUE(Has(cycles[0], Status::kContractDiffers));
  const auto deviation = std::ranges::find(cycles[0].deviations, Status::kContractDiffers,
                                           &telemetry::Deviation::what);
  EXPECT_EQ(deviation->detail,
            "commissioning begins anew: sensors.sample_rate_mhz was 25600000, is "
            "12800000");
  EXPECT_FALSE(Has(cycles[1], Status::kContractDiffers));
}

TEST_F(RobotTest, AGatewayThatRejectsIsADeviationOfTheNextRecord) {
  gateway_.set_fault(simulate::GatewayFault::kReject);
  const auto cycles = Run(2);
  EXPECT_FALSE(Has(cycles[0], Status::kGatewayRejected))
      << "its record was written before";
  EXPECT_TRUE(Has(cycles[1], Status::kGatewayRejected));
}

TEST_F(RobotTest, CountersAndCyclesGoOnAfterARestart) {
  Run(3);
  world_.now += 60s;
  const auto cycles = Run(1);
  EXPECT_EQ(cycles[0].cycle, 4U);
  const std::string page = gateway_.pages().back().body;
  EXPECT_NE(page.find("torpor_inference_duration_seconds_count 4"), std::string::npos)
      << page;
}

TEST_F(RobotTest, ThePromiseOfThePushIsKept) {
  Run(3);
  const std::string page = gateway_.pages().back().body;
  const auto at = page.find("\ntorpor_push_interval_seconds ");
  ASSERT_NE(at, std::string::npos);
  const double promise = std::stod(page.substr(at + 30));
  EXPECT_GT(promise, 9.0);
  EXPECT_LT(promise, 14.0);
}

TEST_F(RobotTest, SaysHowManyCyclesWaitForTheDiskAndHowManyAreGone) {
  const auto open = [this] {
    sqlite3* opened = nullptr;
    EXPECT_EQ(sqlite3_open((folder_ / "journal.sqlite").c_str(), &opened), SQLITE_OK);
    return std::unique_ptr<sqlite3, decltype(&sqlite3_close)>(opened, sqlite3_close);
  };
  const auto run = [](const auto& database, const char* sql) {
    EXPECT_EQ(sqlite3_exec(database.get(), sql, nullptr, nullptr, nullptr), SQLITE_OK);
  };
  const auto says = [this](std::size_t push, const std::string& sample) {
    return gateway_.pages().at(push).body.find("\n" + sample + "\n") != std::string::npos;
  };
  Run(1);
  run(open(),
      "INSERT OR REPLACE INTO counters (name, value) VALUES "
      "('journal_dropped_cycles', 7), ('journal_lost_cycles', 3)");
  world_.now += 60s;
  const auto locker = open();
  Run(3, [&](std::size_t cycles) {
    if (cycles == 1) run(locker, "BEGIN IMMEDIATE");  // nobody else may write from here
  });
  EXPECT_TRUE(says(1, "torpor_store_held_records 0"));
  EXPECT_TRUE(says(1, "torpor_store_dropped_records_total{reason=\"aged\"} 7"));
  EXPECT_TRUE(says(1, "torpor_store_dropped_records_total{reason=\"lost\"} 3"));
  EXPECT_TRUE(says(2, "torpor_store_held_records 1"));
  EXPECT_TRUE(says(3, "torpor_store_held_records 2"));
}

}  // namespace
}  // namespace torpor::agent

// Hours of the real programs in compressed time: cables pulled in the worst moments,
// clocks that jump, and the same night twice.
#include "simulate/night.h"

#include "cycle/phase.h"
#include "telemetry/journal_reader.h"
#include "tests/bench_robot.h"

namespace torpor::tests {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using simulate::Night;
using simulate::NightOptions;
using simulate::Outage;

class NightTest : public BenchRobot {
 protected:
  NightOptions Hour(const char* name) const {
    NightOptions night;
    night.name = name;
    night.rig.folder = folder_ / name;
    night.rig.programs = Programs();
    night.rig.base = "bench-10s";
    night.life = 1h;
    night.sensor = {"--simulate-bearing", "3", "--hours", "1", "--fault", "none"};
    night.baseline = {"--quiet", "--simulated", "3"};
    night.lines = false;
    return night;
  }

  static Night Live(const NightOptions& options) {
    auto night = RunNight(options);
    EXPECT_TRUE(night.ok()) << night.refusal().what;
    return night.ok() ? *night : Night{};
  }

  // What must hold whatever happens.
  static void ExpectPromisesKept(const Night& night) {
    const auto& sum = night.summary;
    EXPECT_EQ(sum.inferences, sum.cycles_with_batch - sum.dropped_stale);
    EXPECT_LE(sum.inferences, sum.cycles);
    EXPECT_LE(sum.oldest_batch, night.terms.max_batch_age);
    EXPECT_LE(sum.worst_cycle, night.terms.cycle_budget);
    const double slept = static_cast<double>(sum.asleep.count()) /
                         static_cast<double>((sum.asleep + sum.awake).count());
    EXPECT_GT(slept, static_cast<double>(night.terms.computer_sleep.count()) /
                         static_cast<double>(night.terms.period.count()));
  }
};

TEST_F(NightTest, AQuietHourInfersOncePerBatchAndDropsNothing) {
  const Night night = Live(Hour("quiet"));
  ExpectPromisesKept(night);
  EXPECT_GE(night.summary.inferences, 355U);
  EXPECT_TRUE(night.summary.deviations.empty());
  EXPECT_EQ(night.summary.dropped_overrun, 0U);
  EXPECT_EQ(night.pushes, night.summary.cycles) << "each cycle is told, once";
  // A batch waits for a guard and its robot's own shift, and then for the hand-over.
  const Microseconds least =
      night.terms.mcu_guard + cycle::PhaseOf(night.terms, "robot-1");
  EXPECT_GT(least, Milliseconds{1000}) << "it would not be seen";
  EXPECT_GE(night.summary.oldest_batch, least);
  EXPECT_LE(night.summary.oldest_batch, least + night.terms.collect);
}

TEST_F(NightTest, NoStaleBatchIsInferredAfterTheCableWasOut) {
  for (const auto seen : {Outage::Seen::kAsDeviceGone, Outage::Seen::kAsSilence}) {
    NightOptions options = Hour(seen == Outage::Seen::kAsSilence ? "loose" : "pulled");
    options.outages.push_back({Instant(20min), Instant(40min), seen});
    const Night night = Live(options);
    ExpectPromisesKept(night);
    EXPECT_GE(night.summary.dropped_overrun, 115U)
        << "what piled up was dropped and counted";
    EXPECT_GE(night.summary.inferences, 230U) << "and afterwards work goes on";
    std::uint64_t down = 0;
    for (const auto& [what, count] : night.summary.deviations) {
      if (static_cast<int>(what) / 100 == 2) down += count;
    }
    EXPECT_GE(down, 115U) << "each period without a link is a counted deviation";
  }
}

TEST_F(NightTest, ACablePulledInTheMiddleOfABatchLosesNoPromise) {
  NightOptions options = Hour("torn");
  NightOptions moment = Hour("moment");
  moment.life = 1min;
  const Microseconds shift = cycle::PhaseOf(Live(moment).terms, options.rig.robot);
  // A hand-over takes about 0.11 s from about 0.2 s, and this robot's shift, after each
  // tenth second: tear it at many places.
  for (int i = 0; i < 60; ++i) {
    const Instant at = Instant(5min) + shift + i * 40s + i * 7ms;
    options.outages.push_back({at, at + 3s, Outage::Seen::kAsDeviceGone});
  }
  const Night night = Live(options);
  ExpectPromisesKept(night);
  EXPECT_GE(night.summary.inferences, 290U);
  const auto vanished = night.summary.deviations.find(Status::kLinkVanished);
  ASSERT_NE(vanished, night.summary.deviations.end())
      << "none was torn: move the outages";
  EXPECT_GE(vanished->second, 5U);
}

TEST_F(NightTest, AClockThatJumpsByHoursIsCountedAndChangesNothingElse) {
  NightOptions options = Hour("stepped");
  options.wall_steps = {{Instant(10min), 5h}, {Instant(30min), -9h}};
  const Night night = Live(options);
  ExpectPromisesKept(night);
  ASSERT_EQ(night.summary.deviations.size(), 1U);
  EXPECT_EQ(night.summary.deviations.at(Status::kClockStepped), 2U);
  EXPECT_GE(night.summary.inferences, 355U);
}

TEST_F(NightTest, TheSameNightGivesTheSameBytes) {
  NightOptions options = Hour("twice");
  options.life = 30min;
  options.outages.push_back({Instant(10min), Instant(12min), Outage::Seen::kAsSilence});
  Live(options);
  const std::string first = Contents(options.rig.folder / "robot.log");
  Live(options);
  EXPECT_GT(first.size(), 10'000U);
  EXPECT_EQ(first, Contents(options.rig.folder / "robot.log"));
}

TEST_F(NightTest, AFolderOfSomebodyElseIsLeftAlone) {
  const NightOptions options = Hour("theirs");
  std::filesystem::create_directories(options.rig.folder);
  std::ofstream(options.rig.folder / "thesis.txt") << "all of it";
  EXPECT_EQ(RunNight(options).status(), Status::kFileExists);
  EXPECT_EQ(Contents(options.rig.folder / "thesis.txt"), "all of it");
}

}  // namespace
}  // namespace torpor::tests

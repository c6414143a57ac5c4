#include "agent/metering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/robot_under_test.h"
#include "power/find_meters.h"
#include "power/sys_tree_under_test.h"
#include "power/words.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using telemetry::CycleRecord;
using telemetry::Phase;

constexpr std::int64_t kWatts = 8;  // of VDD_IN, as PutOrinNano has it
const std::string kChip = std::string(power::kJetPack6) + "/hwmon/hwmon1/";

// A robot on an Orin Nano.
class MeteredRobot : public RobotTest {
 protected:
  MeteredRobot() { power::PutOrinNano(sys_, power::kJetPack6, "1"); }

  std::vector<CycleRecord> RunMetered(std::uint64_t cycles,
                                      std::function<void(std::size_t)> after = nullptr) {
    EXPECT_EQ(power::FindMeters(sys_.tree(), power::MeterChoice::kAuto, meters_),
              Status::kOk);
    Metering metering(meters_.found);
    metering_ = &metering;
    auto records = Run(cycles, std::move(after));
    metering_ = nullptr;
    return records;
  }
  void SupplyMilliamps(const char* current) { sys_.Put(kChip + "curr1_input", current); }

  static const telemetry::RailJoules& RailOf(const CycleRecord& record,
                                             std::string_view name) {
    static const telemetry::RailJoules kNone;
    const auto found =
        std::ranges::find(record.rails, name, &telemetry::RailJoules::rail);
    return found != record.rails.end() ? *found : kNone;
  }
  static Microseconds Elapsed(const CycleRecord& record) {
    Microseconds sum{};
    for (const Microseconds phase : record.phases) sum += phase;
    return sum;
  }

  // What the gateway heard last of a rail; -1: nothing.
  [[nodiscard]] double JoulesTold(const std::string& rail) const {
    const std::string page = gateway_.pages().back().body;
    const std::string start = "\ntorpor_energy_joules_total{rail=\"" + rail + "\"} ";
    const auto at = page.find(start);
    return at == std::string::npos ? -1 : std::stod(page.substr(at + start.size()));
  }

  power::TreeUnderTest sys_;
  power::Meters meters_;
};

TEST_F(MeteredRobot, ACycleCostsWhatTheRailOfTheWholeMachineDelivered) {
  const auto cycles = RunMetered(4);
  ASSERT_EQ(cycles.size(), 4U);
  for (const CycleRecord& cycle : cycles) {
    EXPECT_TRUE(cycle.metered) << cycle.cycle;
    EXPECT_EQ(cycle.energy.value, kWatts * Elapsed(cycle).count()) << cycle.cycle;
    ASSERT_EQ(cycle.rails.size(), 3U);
    EXPECT_TRUE(std::ranges::is_sorted(cycle.rails, {}, &telemetry::RailJoules::rail));
    const telemetry::RailJoules& supply = RailOf(cycle, "VDD_IN");
    EXPECT_EQ(supply.how, Metered::kSampled);
    for (std::size_t i = 0; i < telemetry::kPhases; ++i) {
      EXPECT_EQ(supply.phases[i]->value, kWatts * cycle.phases[i].count()) << i;
    }
    EXPECT_EQ(RailOf(cycle, "VDD_SOC").total()->value, 2 * Elapsed(cycle).count());
  }
  EXPECT_GT(cycles[2].phases[static_cast<std::size_t>(Phase::kSleep)], 5s);
}

TEST_F(MeteredRobot, AnInferenceThatDrawsMoreIsSeenInItsPhase) {
  engine_.takes = 200ms;
  engine_.on_infer = [this] { SupplyMilliamps("2200"); };  // 11 W from here on
  const auto cycles = RunMetered(2, [this](std::size_t) { SupplyMilliamps("1600"); });
  const auto& infer = RailOf(cycles[1], "VDD_IN").phases[2];
  ASSERT_TRUE(infer.has_value());
  EXPECT_EQ(infer->value, (8 + 11) * 200'000 / 2)
      << "from 8 W to 11 W in a straight line";
}

TEST_F(MeteredRobot, AMachineThatStaysHotInItsSleepBreaksItsBudget) {
  engine_.on_infer = [this] { SupplyMilliamps("20000"); };
  const auto cycles = RunMetered(3);
  EXPECT_TRUE(cycles[2].metered);
  EXPECT_TRUE(Has(cycles[2], Status::kCycleOverBudget));
}

TEST_F(MeteredRobot, NoForbiddenNodeIsOpenedInAnyCycle) {
  std::vector<std::pair<std::string, power::SysTree::Access>> seen;
  sys_.tree().ObserveWith([&](std::string_view path, power::SysTree::Access access) {
    seen.emplace_back(path, access);
  });
  EXPECT_EQ(RunMetered(3).size(), 3U);
  EXPECT_GT(seen.size(), 3U * 9 * 6);
  for (const auto& [path, access] : seen) {
    EXPECT_NE(access, power::SysTree::Access::kRefused) << path;
    EXPECT_FALSE(power::SysTree::Forbids(path)) << path;
    EXPECT_EQ(path.find("gpu"), std::string::npos) << path;
    EXPECT_TRUE(path.starts_with("sys/")) << path;
  }
}

TEST_F(MeteredRobot, ReadsSixFilesAtEachOfNineBorders) {
  std::size_t reads = 0, before = 0, of_last = 0;
  sys_.tree().ObserveWith([&](std::string_view, power::SysTree::Access) { ++reads; });
  RunMetered(3, [&](std::size_t) { of_last = reads - std::exchange(before, reads); });
  EXPECT_EQ(of_last, 9U * 6);
}

TEST_F(MeteredRobot, AMeterThatIsLostIsADeviationOnceAndTheModelStands) {
  const auto cycles = RunMetered(5, [this](std::size_t done) {
    if (done == 1) engine_.on_infer = [this] { sys_.Remove(kChip + "curr1_input"); };
    if (done == 3) {
      engine_.on_infer = nullptr;
      SupplyMilliamps("1600");
    }
  });
  EXPECT_TRUE(cycles[0].metered);
  EXPECT_FALSE(cycles[1].metered);
  ASSERT_TRUE(Has(cycles[1], Status::kMeterLost));
  EXPECT_EQ(cycles[1].deviations.back().detail, "VDD_IN");
  const telemetry::RailJoules& lost = RailOf(cycles[1], "VDD_IN");
  EXPECT_TRUE(lost.phases[static_cast<std::size_t>(Phase::kSleep)].has_value());
  EXPECT_EQ(lost.phases[static_cast<std::size_t>(Phase::kInfer)], std::nullopt);
  EXPECT_EQ(lost.total(), std::nullopt);
  EXPECT_GT(cycles[1].energy.value, 0) << "the contract's model";
  EXPECT_NE(cycles[1].energy.value, kWatts * Elapsed(cycles[1]).count());
  EXPECT_FALSE(Has(cycles[2], Status::kMeterLost)) << "told once";
  EXPECT_EQ(RailOf(cycles[2], "VDD_IN").how, Metered::kNot);
  EXPECT_EQ(RailOf(cycles[2], "VDD_SOC").how, Metered::kSampled) << "the others go on";
  EXPECT_TRUE(cycles[4].metered) << "it answers again";
}

TEST_F(MeteredRobot, ASleepOfWhichOnlyABoundIsKnownDoesNotDecideTheEnergy) {
  sys_.Put(kChip + "samples", "1");  // a window of 7 ms
  world_.oversleep = 4ms;
  const auto cycles = RunMetered(3);
  EXPECT_FALSE(cycles[2].metered);
  EXPECT_EQ(RailOf(cycles[2], "VDD_IN").how, Metered::kAtMost);
  EXPECT_TRUE(RailOf(cycles[2], "VDD_IN").total().has_value());
  Microseconds awake{};
  for (const CycleRecord& cycle : cycles) {
    awake += Elapsed(cycle) - cycle.phases[static_cast<std::size_t>(Phase::kSleep)];
  }
  EXPECT_NEAR(JoulesTold("VDD_IN"), 8 * Seconds(awake), 1e-3) << "no bound is counted";
  EXPECT_NE(gateway_.pages().back().body.find("torpor_rail_metered{rail=\"VDD_IN\"} 0\n"),
            std::string::npos);
}

TEST_F(MeteredRobot, WithoutARailOfTheWholeMachineTheModelStandsAndThePartsAreBeside) {
  const CycleRecord modelled = Run(2)[1];
  EXPECT_TRUE(modelled.rails.empty());
  sys_.Put(kChip + "in1_label", "VDD_GPU_SOC");
  world_.now += 60s;
  const CycleRecord parts = RunMetered(2)[1];
  EXPECT_FALSE(parts.metered);
  EXPECT_EQ(parts.energy, modelled.energy);
  EXPECT_EQ(RailOf(parts, "VDD_GPU_SOC").how, Metered::kSampled);
}

TEST_F(MeteredRobot, TheGatewayHearsWhatEachRailDeliveredAlsoAcrossARestart) {
  auto cycles = RunMetered(2);
  const double before = JoulesTold("VDD_IN");
  EXPECT_NEAR(before, 8 * Seconds(Elapsed(cycles[0]) + Elapsed(cycles[1])), 1e-3);
  sys_.Put(kChip + "in2_input", "abc");  // not readable when the program begins anew
  world_.now += 60s;
  cycles = RunMetered(1);
  EXPECT_NEAR(JoulesTold("VDD_IN"), before + 8 * Seconds(Elapsed(cycles[0])), 1e-3);
  const std::string page = gateway_.pages().back().body;
  EXPECT_NE(page.find("torpor_rail_metered{rail=\"VDD_IN\"} 1\n"), std::string::npos);
  EXPECT_NE(page.find("torpor_rail_metered{rail=\"VDD_CPU_GPU_CV\"} 0\n"),
            std::string::npos);
}

TEST_F(MeteredRobot, TheJournalKeepsTheRailsOfEachCycle) {
  const auto cycles = RunMetered(2);
  const auto journal = telemetry::JournalReader::Open(folder_ / "journal.sqlite");
  ASSERT_TRUE(journal.ok());
  const auto kept = journal->Cycles(0, 10);
  ASSERT_TRUE(kept.ok());
  ASSERT_EQ(kept->size(), 2U);
  EXPECT_EQ(kept->back().rails, cycles.back().rails);
  EXPECT_TRUE(kept->back().metered);
}

TEST(Metering, ASuspendedSleepIsUnmeteredAndAPassedDeadlineIsNoSleep) {
  power::TreeUnderTest sys;
  power::PutOrinNano(sys, power::kJetPack6, "1");
  power::Meters meters;
  ASSERT_EQ(FindMeters(sys.tree(), power::MeterChoice::kAuto, meters), Status::kOk);
  Metering metering(meters.found);
  const Instant begin{100s};
  metering.Woke(begin, begin);
  metering.FallsAsleep(begin + 1s);
  metering.Woke(begin + 56s, begin + 56s, power::Passed::kSuspended);
  CycleRecord record;
  metering.TakeCycle(Phase::kJudge, begin + 57s, record);
  EXPECT_FALSE(record.metered);
  EXPECT_EQ(record.rails[0].phases[static_cast<std::size_t>(Phase::kSleep)],
            std::nullopt);

  metering.FallsAsleep(begin + 58s);
  metering.Woke(begin + 58s, begin + 50s);  // hours late would be no better
  record = {};
  metering.TakeCycle(Phase::kJudge, begin + 59s, record);
  EXPECT_TRUE(record.metered) << record.rails[0].why;
  EXPECT_EQ(record.energy, Microjoules{16'000'000});
}

}  // namespace
}  // namespace torpor::agent

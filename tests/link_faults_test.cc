// The real programs, the seeded faults of simulate/line_faults.h between them, and the
// promises of tests/promises.h under every seed: docs/faults.md.
#include <chrono>

#include "simulate/night.h"
#include "telemetry/trace_reader.h"
#include "telemetry/trace_writer.h"
#include "tests/fault_bench.h"

namespace torpor::tests {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""s;

constexpr int kQuietPeriods = 4;  // before the first fault, of odd seeds
constexpr int kLastFault = 48;
constexpr int kPeriods = 60;  // of the whole life

class Faults : public FaultBench {
 protected:
  simulate::Rig MakeBench(const char* firmware) {
    simulate::RigOptions options;
    options.folder = folder_ / firmware;
    options.programs = Programs();
    options.gateway = gateway_.address();
    options.firmware = firmware;
    options.base = "bench-10s";
    options.model = "none";  // as its baseline was fitted
    fs::create_directory(options.folder);
    auto rig = simulate::Rig::Make(options);
    EXPECT_TRUE(rig.ok()) << rig.refusal().what;
    fs::copy(TORPOR_BENCH_BASELINE, rig->Path("fleet.baseline"));
    Must(rig->Provision());
    fs::copy_file(rig->flash(), rig->Path("flash.new"));
    return std::move(*rig);
  }

  // One life in compressed time, from a new flash and an empty journal.
  static FaultRun Live(simulate::Rig& rig, std::uint64_t seed,
                       const std::vector<std::string>& more = {}) {
    FaultRun run;
    const auto terms = simulate::TermsOf(rig.bundle());
    if (!terms.ok()) return run;
    Evidence& evidence = run.evidence;
    evidence.terms = *terms;
    const auto at = [&](int periods) { return Instant(periods * terms->period); };
    evidence.faults_end = at(kLastFault);
    // With an even seed the two have to agree on a bad line.
    const Instant first = at(seed % 2 == 0 ? 0 : kQuietPeriods);
    Clean(rig);
    fs::copy_file(rig.Path("flash.new"), rig.flash(),
                  fs::copy_options::overwrite_existing);

    simulate::BrokerOptions options;
    options.path = rig.Path("broker.sock");
    options.link_baud = terms->link_baud;
    options.wall_base_us = 1'795'392'000'000'000;  // 2026-11-23
    options.patience = 60s;
    options.faults =
        simulate::PlanFaults(seed, {first, evidence.faults_end, terms->period, 3s});
    options.on_waited = [&](const simulate::Waited& wait) {
      if (wait.role == simulate::Role::kFirmware) evidence.firmware_waits.push_back(wait);
    };
    auto broker = simulate::Broker::Listen(options);
    EXPECT_TRUE(broker.ok());
    std::vector<std::string> sensor = {"--simulate-bearing", "3", "--fault", "none"};
    sensor.insert(sensor.end(), more.begin(), more.end());
    auto firmware = rig.StartFirmware({"--link", "broker:" + options.path}, sensor);
    auto robot = rig.StartRobot({"--broker", options.path}, {"--lines", "json"},
                                {rig.Path("robot.log"), rig.Path("robot.err")});
    EXPECT_TRUE(firmware.ok() && robot.ok());
    const auto outcome = (*broker)->Run(at(kPeriods));
    EXPECT_EQ(outcome.why, simulate::BrokerOutcome::Why::kEndTime);
    evidence.firmware_lived = firmware->Wait() == 0;
    evidence.robot_exit = robot->Wait();
    run.faults = outcome.faults;
    Read(rig, evidence);
    run.everything =
        evidence.lines + evidence.firmware_words + simulate::InWords(run.faults) + " " +
        std::to_string(outcome.bytes_sent) + " " + std::to_string(outcome.bytes_lost) +
        " " + std::to_string(outcome.wakes) +
        Contents(rig.state() / telemetry::kTraceFile);
    return run;
  }

  // Each bench signs its own contract, so its id is another.
  static std::string Without(std::string text, const std::string& word) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) {
      text.erase(at, word.size());
    }
    return text;
  }

  void LiveThrough(simulate::Rig& rig, const std::vector<std::uint64_t>& seeds,
                   const std::vector<std::string>& more = {}) {
    PrintHead();
    for (const std::uint64_t seed : seeds) ExpectKept(seed, Live(rig, seed, more));
    std::printf("  %zu seeds\n", seeds.size());
  }
};

TEST_F(Faults, TheHostsFirmwareAndTorpordKeepTheirPromisesUnderEverySeed) {
  simulate::Rig rig = MakeBench(simulate::kFirmwareHost);
  LiveThrough(rig, Seeds(40));
}

TEST_F(Faults, TheImageAndTorpordKeepTheirPromisesUnderEverySeed) {
  if (MissingImage()) return;
  simulate::Rig rig = MakeBench(simulate::kFirmwareQemu);
  LiveThrough(rig, Seeds(4));
}

TEST_F(Faults, TheImageKeepsThemWhenEachInstructionTakesTime) {
  if (MissingImage()) return;
  simulate::Rig rig = MakeBench(simulate::kFirmwareQemu);
  LiveThrough(rig, Seeds(2), {"--tell", "counted"});
}

TEST_F(Faults, OneSeedGivesTheSameBytesTwiceAndWithEitherFirmware) {
  simulate::Rig rig = MakeBench(simulate::kFirmwareHost);
  const FaultRun once = Live(rig, 5);
  EXPECT_GT(once.everything.size(), 10'000U);
  EXPECT_EQ(once.everything, Live(rig, 5).everything);
  // The trace is among it, by the broker's clock and cycle for cycle the journal's.
  auto trace = telemetry::TraceReader::Open(rig.state() / telemetry::kTraceFile);
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(trace->findings().whole, once.evidence.cycles.size());
  for (const auto& journalled : once.evidence.cycles) {
    const auto traced = trace->Next();
    ASSERT_TRUE(traced);
    EXPECT_EQ(traced->record.woke, journalled.woke);
    EXPECT_EQ(traced->record.phases, journalled.phases) << journalled.cycle;
    EXPECT_EQ(traced->record.deviations.size(), journalled.deviations.size());
  }
  EXPECT_NE(once.everything, Live(rig, 6).everything);
  if (MissingImage()) return;
  simulate::Rig image = MakeBench(simulate::kFirmwareQemu);
  const FaultRun other = Live(image, 5);
  EXPECT_EQ(once.faults, other.faults);
  EXPECT_EQ(Without(once.evidence.lines, once.evidence.contract),
            Without(other.evidence.lines, other.evidence.contract));
}

}  // namespace
}  // namespace torpor::tests

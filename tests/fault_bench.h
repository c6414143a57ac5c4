// What the tests of seeded faults share: seeds, evidence, and the table of what happened.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "telemetry/journal_reader.h"
#include "tests/bench_robot.h"
#include "tests/promises.h"

namespace torpor::tests {

struct FaultRun {
  Evidence evidence;
  simulate::FaultCounts faults{};
  std::string everything;  // that must be the same when the seed is
};

class FaultBench : public BenchRobot {
 protected:
  // From 1, ten times as many with TORPOR_MORE_FAULTS=1, or only TORPOR_FAULT_SEED.
  static std::vector<std::uint64_t> Seeds(std::uint64_t usually) {
    if (const char* one = std::getenv("TORPOR_FAULT_SEED")) {
      return {std::strtoull(one, nullptr, 10)};
    }
    const char* exhaustive = std::getenv("TORPOR_MORE_FAULTS");
    const bool all = exhaustive != nullptr && std::string(exhaustive) == "1";
    std::vector<std::uint64_t> seeds(all ? 10 * usually : usually);
    std::iota(seeds.begin(), seeds.end(), 1U);
    return seeds;
  }

  static bool MissingImage() {
    const bool emulator = std::system("command -v qemu-system-arm > /dev/null") == 0;
    if (emulator &&
        std::filesystem::exists(TORPOR_FIRMWARE_BUILD "/bin/torpor-firmware.elf"))
      return false;
    std::fprintf(stderr, "NOT RUN: no %s, so no fault reached it: ./dev firmware\n",
                 emulator ? "image of the firmware" : "qemu-system-arm");
    return true;
  }

  // For another life on the same bench.
  static void Clean(const simulate::Rig& rig) {
    std::filesystem::remove_all(rig.state());
    for (const char* words : {"robot.log", "robot.err", "firmware.log"}) {
      std::filesystem::remove(rig.Path(words));
    }
  }

  static void Read(const simulate::Rig& rig, Evidence& evidence) {
    evidence.lines = Contents(rig.Path("robot.log"));
    evidence.robot_words = Contents(rig.Path("robot.err"));
    evidence.firmware_words = Contents(rig.firmware_log());
    const auto journal = telemetry::JournalReader::Open(rig.state() / "journal.sqlite");
    if (!journal.ok()) return;
    auto cycles = journal->Cycles(0, 10'000);
    if (cycles.ok()) evidence.cycles = std::move(*cycles);
    // Of the quiet cycle before any fault; every other must be under the same.
    if (!evidence.cycles.empty()) evidence.contract = evidence.cycles.front().contract;
  }

  static void PrintHead() {
    std::printf("  seed  ");
    for (std::size_t i = 0; i < simulate::kFaultKinds; ++i) {
      std::printf("%13s", simulate::Name(static_cast<simulate::FaultKind>(i)));
    }
    std::printf("  cycles  inferred  dropped  normal again after\n");
  }
  static void PrintRow(std::uint64_t seed, const FaultRun& run) {
    std::printf("  %4llu  ", static_cast<unsigned long long>(seed));
    for (const auto count : run.faults) {
      std::printf("%13llu", static_cast<unsigned long long>(count));
    }
    const auto inferred =
        std::ranges::count_if(run.evidence.cycles, &telemetry::CycleRecord::inferred);
    const auto after = RecoveredAfter(run.evidence);
    std::printf("  %6zu  %8lld  %7llu  %s\n", run.evidence.cycles.size(),
                static_cast<long long>(inferred),
                static_cast<unsigned long long>(Dropped(run.evidence)),
                after ? (std::to_string(*after) + " cycles").c_str() : "NEVER");
    std::fflush(stdout);
  }

  void ExpectKept(std::uint64_t seed, const FaultRun& run) {
    ++judged_;
    PrintRow(seed, run);
    for (const std::string& broken : Broken(run.evidence)) {
      ADD_FAILURE() << "seed " << seed << ": " << broken;
    }
    for (std::size_t i = 0; i < simulate::kFaultKinds; ++i) {
      // A cut may have met a line that another fault had silenced.
      if (static_cast<simulate::FaultKind>(i) == simulate::FaultKind::kCut) continue;
      EXPECT_GT(run.faults[i], 0U)
          << "seed " << seed
          << " has none of: " << simulate::Name(static_cast<simulate::FaultKind>(i));
    }
    cuts_ += run.faults[static_cast<std::size_t>(simulate::FaultKind::kCut)];
  }
  ~FaultBench() override {
    EXPECT_TRUE(judged_ < 2 || cuts_ > 0) << "no cut lost a byte";
  }

 private:
  int judged_ = 0;
  std::uint64_t cuts_ = 0;
};

}  // namespace torpor::tests

// The real firmware of the host and the real torpord in real time, under a contract whose
// period is two seconds.
#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "telemetry/journal.h"
#include "telemetry/journal_reader.h"
#include "tests/bench_robot.h"

namespace torpor::tests {

class RealTime : public BenchRobot {
 protected:
  RealTime() : RealTime(Network::kNone) {}

  // A robot whose contract names this gateway.
  explicit RealTime(const std::string& gateway)
      : rig_(MakeFastRig(simulate::kFirmwareHost, {}, gateway)),
        firmware_(StartFirmware()) {}

  enum class Network : bool { kNone, kThatMayStay };
  explicit RealTime(Network network)
      : rig_(network == Network::kNone ? MakeFastRig() : MakeNetworkRig()),
        firmware_(StartFirmware()) {}

  explicit RealTime(const std::vector<std::string>& tables)
      : rig_(MakeFastRig(simulate::kFirmwareHost, tables)), firmware_(StartFirmware()) {}

  // The same robot with the shipped network, under a contract that lets its process stay.
  simulate::Rig MakeNetworkRig() {
    simulate::RigOptions options = FastOptions();
    for (std::string& line : options.tables) {
      if (line == "infer = \"100 ms\"") line = "infer = \"300 ms\"";
      if (line == "collect = \"300 ms\"") line = "collect = \"200 ms\"";
      if (line == "judge = \"200 ms\"") line = "judge = \"100 ms\"";
    }
    options.tables.insert(options.tables.end(),
                          {"[detection]", "commissioning_cycles = 10", "[sleep]",
                           "residency_max = \"context-kept\""});
    simulate::Rig rig = MakeRig(options);
    Must(rig.FitBaseline({"--quiet", "--simulated", "3"}));
    Must(rig.Provision());
    return rig;
  }

  simulate::Child StartFirmware() {
    const std::string path = (folder_ / "mcu.sock").string();
    auto firmware = rig_.StartFirmware({"--link", "socket:" + path},
                                       {"--simulate-bearing", "1", "--fault", "none"});
    EXPECT_TRUE(firmware.ok());
    for (int i = 0; i < 200 && !std::filesystem::exists(path); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return std::move(*firmware);
  }

  simulate::Child StartRobot(const std::vector<std::string>& more = {}) {
    auto robot = rig_.StartRobot({"--link", folder_ / "mcu.sock"}, more,
                                 {folder_ / "robot.log", folder_ / "robot.err"});
    EXPECT_TRUE(robot.ok());
    return std::move(*robot);
  }

  [[nodiscard]] std::vector<telemetry::CycleRecord> Cycles() const {
    const auto journal = telemetry::JournalReader::Open(rig_.state() / "journal.sqlite");
    if (!journal.ok()) return {};
    auto cycles = journal->Cycles(0, 1000);
    return cycles.ok() ? *cycles : std::vector<telemetry::CycleRecord>{};
  }

  // Waits until so many cycles are in the journal; false: they never came.
  [[nodiscard]] bool AwaitCycles(std::size_t count) const {
    for (int i = 0; i < 1200 && Cycles().size() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return Cycles().size() >= count;
  }

  [[nodiscard]] std::uint64_t Undelivered() const {
    const auto journal = telemetry::JournalReader::Open(rig_.state() / "journal.sqlite");
    return journal.ok() ? journal->UndeliveredCount() : 0;
  }

  // As if so many alarms had been raised in the first cycle of a robot's life, which is
  // then over: bench-1 and so on. Before torpord is started.
  void RaiseAlarms(int count) const {
    std::filesystem::create_directories(rig_.state());
    auto journal = telemetry::Journal::Open(rig_.state() / "journal.sqlite", {});
    ASSERT_TRUE(journal.ok());
    telemetry::CycleCommit commit;
    commit.record.cycle = journal->LastCycle() + 1;
    for (int i = 1; i <= count; ++i) {
      const std::string id = "bench-" + std::to_string(i);
      commit.alarms.push_back({id, commit.record.cycle, "{\"id\":\"" + id + "\"}"});
    }
    ASSERT_EQ(journal->Commit(std::move(commit)), Status::kOk);
  }

  simulate::Rig rig_;
  simulate::Child firmware_;
};

// Whether something comes to be, at the latest in two minutes.
template <class Condition>
[[nodiscard]] bool Await(Condition condition) {
  for (int i = 0; i < 1200 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return condition();
}

}  // namespace torpor::tests

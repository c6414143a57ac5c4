// What a robot's state folder says of it: its journal, its contract, its alarms. Only
// read; torpord is not asked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "contract/sign/activation_report.h"
#include "contract/terms.h"
#include "core/result.h"
#include "telemetry/journal_reader.h"

namespace torpor::view {

// An alarm that nobody has confirmed, as its body says.
struct OpenAlarm {
  std::uint64_t cycle = 0;
  std::string kind, what, because;  // empty: its body does not say
};

struct RobotReading {
  std::string folder;
  // By its last cycle it lived in compressed time: its clock is no clock of the world.
  bool simulated = false;

  Result<contract::Terms> terms = Status::kFileMissing;  // why there are none
  std::optional<contract::sign::ActivationReport> report;
  // The robot's name, by its contract or an alarm of its own; empty: neither says.
  std::string robot;

  std::vector<telemetry::CycleRecord> cycles;  // the newest, oldest first
  std::uint64_t undelivered = 0;
  std::vector<OpenAlarm> alarms;     // the newest of those first, kMostAlarms at most
  std::optional<OpenAlarm> episode;  // the newest undelivered one of a bearing

  [[nodiscard]] const telemetry::CycleRecord* last() const {
    return cycles.empty() ? nullptr : &cycles.back();
  }
  [[nodiscard]] const contract::Terms* known_terms() const {
    return terms.ok() ? &*terms : nullptr;
  }
};

class RobotReader {
 public:
  static constexpr std::size_t kMostCycles = 2'000;
  static constexpr std::size_t kMostAlarms = 50;

  // `contract`: the terms to judge by; none: those of the folder, looked for each time.
  // Fails as JournalReader::Open() does.
  [[nodiscard]] static Result<RobotReader> Open(const std::filesystem::path& folder,
                                                std::optional<contract::Terms> contract);

  // What has come since; true: there is a new cycle. Fails as the journal does.
  [[nodiscard]] Result<bool> ReadOn();
  [[nodiscard]] const RobotReading& reading() const { return reading_; }

 private:
  RobotReader(std::filesystem::path folder, telemetry::JournalReader journal,
              std::optional<contract::Terms> contract);
  void ReadContract();
  [[nodiscard]] Status ReadAlarms();

  std::filesystem::path folder_;
  telemetry::JournalReader journal_;
  std::optional<contract::Terms> contract_;
  RobotReading reading_;
};

}  // namespace torpor::view

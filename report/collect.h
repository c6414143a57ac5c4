// What a report is made of: a robot's journal and the contracts in its state folder, read
// once, with a time for each cycle that neither a restart nor a stepped clock turns back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "contract/sign/activation_report.h"
#include "contract/terms.h"
#include "core/result.h"
#include "core/time.h"
#include "telemetry/cycle_record.h"

namespace torpor::report {

struct Wishes {
  std::filesystem::path state{};         // torpord's state folder, in use or not
  std::vector<std::string> contracts{};  // bundles, beside those of the state folder
  // Unix microseconds as the robot believed them; nothing: no bound.
  std::optional<std::int64_t> from_us{}, until_us{};
  std::optional<Microseconds> last{};  // so much of the journal's end
};

// A contract under which cycles ran, in the order of its first cycle.
struct InForce {
  std::string id;  // 16 hex digits, as cycles have it
  std::uint64_t first = 0, last = 0, cycles = 0;
  // Nothing: none of the bundles at hand has this id, and its limits are not known.
  std::optional<contract::sign::NamedContract> name{};
  std::optional<contract::Terms> terms{};  // unverified: torpord verified them
};

struct RaisedAlarm {
  std::uint64_t cycle = 0;
  std::string kind;  // "bearing" or "contract"
  std::string what, because;
  bool delivered = false;
};

// Between two records, or where they disagree with the clocks.
struct Gap {
  std::size_t at = 0;  // index of the record behind it
  Microseconds unrecorded{};
  std::uint64_t missing_cycles = 0;  // numbers that the journal does not have
};
struct ClockStep {
  std::size_t at = 0;
  Microseconds by{};  // below 0: set back
};

struct Collected {
  std::string robot;  // empty: nothing in the state folder says so
  std::optional<contract::sign::ActivationReport> activation;
  std::vector<telemetry::CycleRecord> cycles;
  std::vector<Microseconds> at;          // of each waking, from the first one on
  std::vector<std::size_t> contract_of;  // each cycle's place in `contracts`
  std::vector<InForce> contracts;
  std::vector<RaisedAlarm> alarms;
  std::vector<Gap> gaps;
  std::vector<ClockStep> clock_steps;
  std::uint64_t journalled = 0;  // cycles in the whole journal
  std::uint64_t dropped = 0, lost = 0, undelivered = 0;
  bool more_alarms = false;  // than kMostAlarms, which are all that is here
};
inline constexpr std::size_t kMostAlarms = 10'000;

// Reads while torpord writes, too, and wakes nobody. When it fails, `problem` names the
// file.
//   kFileMissing  no journal there, or no such contract
//   and what JournalReader::Open() and the decoding of a bundle refuse
[[nodiscard]] Result<Collected> Collect(const Wishes& wishes, std::string& problem);

// Fills in `at`, `gaps` and `clock_steps` from the cycles. Between two cycles of one boot
// the boot clock tells how much time has passed, and between two boots the wall clock.
void Reckon(Collected& collected);

}  // namespace torpor::report

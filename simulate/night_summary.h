// What one simulated life came to, read back from the robot's own journal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "contract/terms.h"
#include "core/result.h"
#include "core/status.h"
#include "core/time.h"
#include "core/units.h"
#include "telemetry/journal_reader.h"

namespace torpor::simulate {

struct NightSummary {
  std::string name;     // of the recording or the simulated bearing
  Microseconds life{};  // from the first waking to the end
  std::uint64_t cycles = 0;
  std::uint64_t cycles_with_batch = 0;
  std::uint64_t inferences = 0;
  std::uint64_t dropped_overrun = 0, dropped_stale = 0, dropped_corrupt = 0,
                dropped_gap = 0;
  std::map<Status, std::uint64_t> abstentions;
  std::map<Status, std::uint64_t> deviations;
  Microseconds awake{}, asleep{};
  Microjoules energy{};  // of all cycles
  Microjoules worst_cycle{};
  Microseconds oldest_batch{};  // that was inferred
  std::uint32_t wakeups_asleep = 0;
  std::uint64_t alarms = 0;
  std::uint64_t false_alarms = 0;  // before 35 % of life
  std::optional<Microseconds>
      first_true;  // alarm at or after 35 % of life, since the start
  std::uint64_t first_true_cycle = 0;
  std::string because;           // of that alarm, in words
  double worst_score_early = 0;  // before 35 % of life

  // From the first alarm that counts to the end of life.
  [[nodiscard]] std::optional<Microseconds> lead() const {
    return first_true ? std::optional(life - *first_true) : std::nullopt;
  }
};

// Before this share of a life an alarm is counted as false: nobody knows when a fault
// began, and so early it is least likely to have. From reference protocol P3
// (docs/detection.md).
inline constexpr double kFalseAlarmShare = 0.35;

//   `life` is the length of the recording or of the simulated life
Result<NightSummary> Summarise(const telemetry::JournalReader& journal, std::string name,
                               Microseconds life);

// The summary in words, for a person.
std::string InWords(const NightSummary& summary, const contract::Terms& terms);

// One row per life with the losers shown, and a line of totals.
std::string Table(const std::vector<NightSummary>& nights);

std::string Json(const std::vector<NightSummary>& nights);

}  // namespace torpor::simulate

// The time between inferences, and what filled it: the question whose answer ended the
// night that torpor comes from, asked of a journal.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/time.h"
#include "telemetry/cycle_record.h"

namespace torpor::telemetry {

// From one inference to the next. The cycles between are the one that inferred and those
// before it that did not; their records add up to the time that passed.
struct Between {
  std::uint64_t cycle = 0;            // that inferred
  std::int64_t wall_us = 0;           // at its waking, as the robot believed
  std::optional<Microseconds> since;  // nothing: the first one known of a boot
  std::uint32_t cycles = 1;
  std::array<Microseconds, kPhases> filled{};
  Microseconds unrecorded{};  // of a second or more: torpord was not running, or refused
  Microseconds batch_age{};
  std::uint64_t dropped = 0;        // batches, for whatever reason
  std::vector<std::string> causes;  // names of deviations, each once: "collect-late"
};

// Takes records in the order of their cycles, one at a time: a robot that works has more
// of them every minute.
class Profiler {
 public:
  // The inference that this cycle made, if it made one.
  std::optional<Between> Add(const CycleRecord& record);

 private:
  Between next_;
  bool begun_ = false;
  bool first_ = true;  // whose beginning may lie before what was read
};

struct ProfileSummary {
  std::uint64_t inferences = 0;
  std::optional<Microseconds> least, median, most;  // between two of them
  std::uint64_t too_soon = 0;           // sooner than the period less its guard
  std::uint64_t too_late = 0;           // later than twice the period
  std::array<double, kPhases> share{};  // of the time, by what filled it
  std::uint64_t dropped = 0;
};

// `period` and `guard` are the contract's; nothing: too soon and too late are not judged.
struct Rhythm {
  Milliseconds period{}, guard{};
};
[[nodiscard]] ProfileSummary Summarise(std::span<const Between> betweens,
                                       const std::optional<Rhythm>& rhythm);

}  // namespace torpor::telemetry

// What adds up over the cycles of a report.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/metered.h"
#include "core/status.h"
#include "core/time.h"
#include "core/units.h"
#include "report/collect.h"
#include "telemetry/cycle_record.h"
#include "telemetry/profile.h"

namespace torpor::report {

// Of one rail, over all cycles that have it.
struct RailSummary {
  std::string name;
  std::array<std::uint64_t, 4> cycles_by_how{};  // by Metered
  std::uint64_t whole = 0;                       // cycles in which every phase is known
  Microjoules total{}, worst{};                  // of those
  std::uint64_t inferences = 0;                  // of which the energy is known
  Microjoules inference{};
  std::map<std::string, std::uint64_t> why{};  // unmetered, or only bounded
};

// One reason, over all cycles.
struct Cause {
  std::uint64_t times = 0;
  std::uint64_t cycles = 0;  // in which it happened at least once
  std::uint64_t first = 0, last = 0;
};

// Cycles by the time since the inference before. The bins are `width` wide, and bin k is
// around k widths, so that a rhythm that is kept falls into the middle of one.
struct Histogram {
  Microseconds width{};  // 0: there is nothing to count
  std::vector<std::uint64_t> counts;
  std::uint64_t longer = 0;  // than the last bin
};

struct Summary {
  std::array<Microseconds, telemetry::kPhases> phases{};
  std::uint64_t without_deviation = 0;
  std::uint64_t inferences = 0;
  std::uint64_t with_batch = 0;
  Microseconds oldest_judged{};
  std::array<std::uint64_t, 4> dropped{};   // overrun, stale, corrupt, gap
  std::array<std::uint64_t, 3> verdicts{};  // by Verdict
  std::map<Status, std::uint64_t> abstained;
  std::optional<double> highest_score;              // of cycles that did not abstain
  std::uint64_t not_a_number = 0;                   // scores of such cycles
  std::array<std::uint64_t, 2> cycles_by_energy{};  // modelled, metered
  std::array<Microjoules, 2> energy{};
  Microjoules worst{};
  std::vector<RailSummary> rails;  // by name
  std::map<Status, Cause> deviations;
  std::uint64_t wakeups_asleep = 0, cycles_woken = 0, wakeups_awake = 0;
  // Sleeps: nobody looked, looked but not proved, proved.
  std::uint64_t sleep_unseen = 0, sleep_unproved = 0, sleep_proved = 0;
  std::optional<double> least_proved;               // share of one sleep
  std::map<std::string, std::uint64_t> hot_causes;  // of a hot GPU: how many cycles
  std::map<std::string, std::uint64_t> sleep_because;
  telemetry::ProfileSummary between;
  Histogram histogram;

  [[nodiscard]] Microseconds elapsed() const;
  [[nodiscard]] Microseconds asleep() const;
};

[[nodiscard]] Summary Summarise(const Collected& collected);

// The terms that most cycles ran under, of those that are known; nullptr: none is.
[[nodiscard]] const contract::Terms* MainTerms(const Collected& collected);

}  // namespace torpor::report

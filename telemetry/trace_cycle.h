// One cycle as a trace has it: the journal's record, and what is finer than a row of it:
// when each step began and ended, and who held what draws power.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "telemetry/cycle_record.h"

namespace torpor::telemetry {

// The steps of cycle/steps.h, in its order, and the waking of rows that tell of it.
enum class TraceStep : std::uint8_t {
  kSleep,
  kCollect,
  kInfer,
  kRelease,
  kJudge,
  kJournal,
  kReport,
  kWake
};
inline constexpr std::array<std::string_view, 8> kTraceStepNames = {
    "sleep", "collect", "infer", "release", "judge", "journal", "report", "wake"};
inline constexpr std::size_t kTraceSteps = kTraceStepNames.size();
constexpr std::string_view Name(TraceStep step) {
  return kTraceStepNames[static_cast<std::size_t>(step)];
}
// Of the record, where journalling is part of judging.
constexpr Phase PhaseOf(TraceStep step) {
  constexpr std::array kPhaseOf = {Phase::kSleep,   Phase::kCollect, Phase::kInfer,
                                   Phase::kRelease, Phase::kJudge,   Phase::kJudge,
                                   Phase::kReport,  Phase::kWake};
  static_assert(kPhaseOf.size() == kTraceSteps);
  return kPhaseOf[static_cast<std::size_t>(step)];
}

struct StepSpan {
  TraceStep step{};
  Instant begin{}, end{};

  friend bool operator==(const StepSpan&, const StepSpan&) = default;
};

struct LeaseSpan {
  std::string holder;  // "link", "wake lock"
  Instant begin{}, end{};
  bool revoked = false;  // else given back

  friend bool operator==(const LeaseSpan&, const LeaseSpan&) = default;
};

// From the end of one cycle's judging to the end of the next one's: journalling,
// reporting and sleeping after the cycle before, then everything up to this verdict. What
// the record counts (joules, wakings, deviations) is of the same time.
struct TracedCycle {
  // As it is journalled. Read from a trace, its deviations have no details, and of its
  // sleep only the GPU's state, times, shares and causes are known.
  CycleRecord record;
  std::string boot;  // of the machine, whose clock all times are of; empty: not known
  Instant due{};     // when it was to wake
  std::vector<StepSpan> steps;  // each begins where the one before ended
  // Those that ended in this time, in that order; some began before it.
  std::vector<LeaseSpan> leases;
  std::uint32_t left_out = 0;  // steps, deviations, leases and rails without room

  [[nodiscard]] Instant begin() const {
    return steps.empty() ? record.woke : steps.front().begin;
  }
  [[nodiscard]] Instant end() const {
    return steps.empty() ? record.woke : steps.back().end;
  }
};

// What no clock and no meter of a robot reaches (285 years, nine gigajoules), so that
// sums of what others have written cannot overflow.
inline constexpr std::int64_t kTraceMost = std::int64_t{1} << 53U;
constexpr std::int64_t Bounded(std::int64_t value) {
  return std::clamp(value, -kTraceMost, kTraceMost);
}

}  // namespace torpor::telemetry

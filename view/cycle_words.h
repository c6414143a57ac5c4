// What a cycle's record says, in the words that screen and lines share. What is not
// known says so; it is never 0.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "telemetry/cycle_record.h"
#include "view/text.h"

namespace torpor::view {

// All of a record's time: from the commit before to this one.
[[nodiscard]] Microseconds TimeOf(const telemetry::CycleRecord& record);
[[nodiscard]] Microseconds PhaseOf(const telemetry::CycleRecord& record,
                                   telemetry::Phase phase);

// Nothing: it abstained, or has none that is a number.
[[nodiscard]] std::optional<double> ScoreOf(const telemetry::CycleRecord& record);
[[nodiscard]] std::optional<double> IntervalOf(const telemetry::CycleRecord& record);
// Nothing: neither a meter nor the contract's model has said.
[[nodiscard]] std::optional<double> JoulesOf(const telemetry::CycleRecord& record);
[[nodiscard]] std::uint64_t DroppedOf(const telemetry::CycleRecord& record);
[[nodiscard]] bool OverBudget(const telemetry::CycleRecord& record,
                              const contract::Terms* terms);

// "normal", "ANOMALY", "abstains: link-down (401), ...".
[[nodiscard]] std::string VerdictInWords(const telemetry::CycleRecord& record);
[[nodiscard]] Tone ToneOf(telemetry::Verdict verdict);

// Deviations of one kind in cycles that follow each other, told once.
struct Deviated {
  std::uint64_t first = 0, last = 0;  // cycles
  std::int64_t wall_us = 0;           // of the last
  Status what{};
  std::string detail;  // of the last
};
// Newest first, `most` of them at most; `cycles` oldest first.
[[nodiscard]] std::vector<Deviated> Deviations(
    std::span<const telemetry::CycleRecord> cycles, std::size_t most);
// "link-down (401): nobody answers: DETAIL".
[[nodiscard]] std::string InWords(const Deviated& deviated);

// A text in lines no wider than that, broken at blanks.
[[nodiscard]] std::vector<std::string> Wrapped(const std::string& text,
                                               std::size_t columns, std::size_t most);

}  // namespace torpor::view

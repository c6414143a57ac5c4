// Measures drawn in characters: a value against its limit, a cycle to scale, a history.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "telemetry/cycle_record.h"
#include "view/text.h"

namespace torpor::view {

// A value from 0 on, and '|' where its limit is: to scale up to twice the limit, or up to
// the value if it is more. One that is not known, or no number, is '?'.
[[nodiscard]] std::string LimitBar(std::optional<double> value, double limit,
                                   std::size_t columns, const Look& look);

// A character for each value, the oldest first, low to high between the least and the
// most of them; of more values than columns the newest. Unknown ones are '?'.
[[nodiscard]] std::string Sparkline(std::span<const std::optional<double>> values,
                                    std::size_t columns, const Look& look);

// The letter of a phase in a bar: z asleep, w wake, c collect, i infer, l release,
// j judge, r report.
[[nodiscard]] char LetterOf(telemetry::Phase phase);
[[nodiscard]] std::string_view NameOf(telemetry::Phase phase);
// Phases in their order, so many columns in all, to scale; what took any time has one
// column at least. Empty when nothing took time.
[[nodiscard]] std::string PhaseBar(
    std::span<const std::pair<telemetry::Phase, Microseconds>> phases,
    std::size_t columns);

}  // namespace torpor::view

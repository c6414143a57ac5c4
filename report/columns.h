// A column of numbers, one for each cycle, as briefly as JSON says it: whole numbers, as
// they are, as differences, or as runs, whichever takes the fewest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/json_hosted.h"

namespace torpor::report {

// Nothing is null in JSON.
using Value = std::optional<std::int64_t>;

// {"plain": [v, ...]}, {"runs": [v, times, ...]}, and the same with "delta": true, when
// each number but the first is the difference to the one before it. A column with nothing
// in it anywhere is never one of differences.
[[nodiscard]] nlohmann::ordered_json Column(std::span<const Value> values);

// What Column() has made. For tests: the page has its own in report/page/data.js.
[[nodiscard]] std::vector<Value> Expand(const nlohmann::ordered_json& column);

}  // namespace torpor::report

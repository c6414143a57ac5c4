// Times as people ask for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace torpor::report {

// "2026-11-23", "2026-11-23T16:49" or "2026-11-23T16:49:27", of which a space may take
// the T's place and a Z may follow, as Unix microseconds: all are UTC. Nothing for any
// other text, and for a day that no calendar has.
[[nodiscard]] std::optional<std::int64_t> Moment(std::string_view text);

// "90s", "15min", "12h" or "7d": a whole number and a unit. Nothing for any other text,
// for 0, and for more than a hundred years.
[[nodiscard]] std::optional<Microseconds> Stretch(std::string_view text);

}  // namespace torpor::report

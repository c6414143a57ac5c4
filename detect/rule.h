// How many cycles make a baseline, a score and an alarm: the contract's numbers, in the
// form that detection takes them.
#pragma once

#include <cstdint>

namespace torpor::detect {

struct Rule {
  std::uint32_t commissioning_cycles = 0;  // usable ones, run-in included
  std::uint32_t score_cycles = 0;          // whose features are averaged into one score
  std::uint32_t alarm_k = 0, alarm_n = 0;  // k of the last n scores at or above 1
  friend constexpr bool operator==(const Rule&, const Rule&) = default;
};

// What a detector keeps room for; a baseline that asks for more is refused.
inline constexpr std::uint32_t kMaxScoreCycles = 60;
inline constexpr std::uint32_t kMaxAlarmN = 64;

}  // namespace torpor::detect

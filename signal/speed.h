// The shaft's speed as a batch carries it, in 1/1000 rpm, and when it is steady enough
// for windows to be compared.
#pragma once

#include <algorithm>
#include <cstdint>

namespace torpor::signal {

inline constexpr std::uint32_t kSpeedUnknown = 0xFFFF'FFFF;
// It changed by more than kSteadySpeedPercent within the window.
inline constexpr std::uint32_t kSpeedChanged = 0xFFFF'FFFE;

// A machine that is faster or slower by more than this share accelerates.
inline constexpr std::uint32_t kSteadySpeedPercent = 10;

constexpr bool SpeedIsKnown(std::uint32_t millirpm) { return millirpm < kSpeedChanged; }

// Of two known speeds.
constexpr bool SameSpeed(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t high = std::max(a, b);
  const std::uint64_t low = std::min(a, b);
  return (high - low) * 100 <= kSteadySpeedPercent * high;
}

// What a window has whose speed was the first when it opened and the second when it
// closed.
constexpr std::uint32_t SpeedOfWindow(std::uint32_t opened, std::uint32_t closed) {
  if (!SpeedIsKnown(opened) || !SpeedIsKnown(closed)) return kSpeedUnknown;
  return SameSpeed(opened, closed) ? closed : kSpeedChanged;
}

}  // namespace torpor::signal

// How a number of joules came to be. What cannot be measured is never a zero.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace torpor {

// Stable: the number is in journals.
enum class Metered : std::uint8_t {
  kNot = 0,      // unmetered
  kCounted = 1,  // a counter of energy was read at both ends
  kSampled = 2,  // power was read at both ends, and taken to run straight in between
  kAtMost = 3,   // sampled, but for the sleep, of which only an upper bound is known
};

constexpr std::string_view Name(Metered how) {
  constexpr std::array<std::string_view, 4> kNames = {"unmetered", "counted", "sampled",
                                                      "at-most"};
  const auto index = static_cast<std::size_t>(how);
  return index < kNames.size() ? kNames[index] : kNames[0];
}

}  // namespace torpor

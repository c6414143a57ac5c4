// Numbers in the sentences that are said of times and energies.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "core/time.h"
#include "core/units.h"

namespace torpor {

// As printf; cut at 255 characters.
template <class... Values>
std::string Print(const char* format, Values... values) {
  std::array<char, 256> text{};
  const int length = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, 255))};
}

inline double Seconds(Microseconds t) { return static_cast<double>(t.count()) / 1e6; }
inline double Joules(Microjoules e) { return static_cast<double>(e.value) / 1e6; }

}  // namespace torpor

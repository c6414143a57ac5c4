// What the reports that torpord leaves in its state folder have in common. Anybody may
// have written into them: numbers are taken only as the numbers they should be, and texts
// as one printable line.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>

#include "core/json_hosted.h"

namespace torpor::contract::sign {

inline constexpr std::size_t kMaxReportBytes = 64 * 1024;
inline constexpr std::size_t kMaxReportText = 400;

// A field is refused by what nlohmann::json throws, or by this; both are std::exception.
struct MalformedReport : std::exception {};

inline std::string OneLine(std::string text) {
  text.resize(std::min(text.size(), kMaxReportText));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

template <typename Number>
Number NumberFrom(const nlohmann::ordered_json& json) {
  if (!json.is_number_unsigned()) throw MalformedReport();
  const auto number = json.get<std::uint64_t>();
  if (number > std::numeric_limits<Number>::max()) throw MalformedReport();
  return static_cast<Number>(number);
}

}  // namespace torpor::contract::sign

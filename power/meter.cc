#include "power/meter.h"

#include <charconv>
#include <system_error>

namespace torpor::power {

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string RailName(std::string_view text) {
  std::string name(text.substr(0, Rail::kLongestName));
  for (char& c : name) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\') c = '?';
  }
  return name;
}

}  // namespace torpor::power

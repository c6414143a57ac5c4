#include "simulate/refusal.h"

#include <array>
#include <cstdio>

namespace torpor::simulate {

std::string Printable(std::string_view text) {
  constexpr std::size_t kMost = 80;
  std::string shown(text.substr(0, kMost));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (text.size() > kMost) shown += "...";
  return shown;
}

std::string Decimal(double number) {
  std::array<char, 40> digits{};
  std::snprintf(digits.data(), digits.size(), "%.10g", number);
  return digits.data();
}

}  // namespace torpor::simulate

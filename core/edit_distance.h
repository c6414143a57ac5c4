// How far a mistyped word is from one that there is.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace torpor {

// Characters to insert, delete or replace to make `a` of `b`. Of longer words the first
// 64 characters count. Source: Levenshtein 1966; by rows, as in Wagner and Fischer 1974.
constexpr std::size_t EditDistance(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 64;
  a = a.substr(0, kLongest);
  b = b.substr(0, kLongest);
  std::array<std::size_t, kLongest + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replace});
    }
  }
  return row[b.size()];
}

}  // namespace torpor

// Rows of one name are seeds of one network: printed as one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace torpor::cli {

inline constexpr int kName = 50;  // characters that a row's name is given

template <class Result>
[[nodiscard]] std::vector<std::vector<const Result*>> ByName(
    const std::vector<Result>& rows) {
  std::vector<std::vector<const Result*>> groups;
  for (const Result& row : rows) {
    if (groups.empty() || groups.back().front()->row != row.row) groups.emplace_back();
    groups.back().push_back(&row);
  }
  return groups;
}

[[nodiscard]] inline std::string NameOf(const std::string& row, std::size_t seeds) {
  return seeds > 1 ? row + ", " + std::to_string(seeds) + " seeds" : row;
}

}  // namespace torpor::cli

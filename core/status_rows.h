// Joins the rows of the table of reasons, for whoever needs which of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/status_table.h"

namespace torpor::status_rows {

template <std::size_t... kCounts>
constexpr std::array<StatusInfo, (kCounts + ...)> Joined(
    const std::array<StatusInfo, kCounts>&... parts) {
  std::array<StatusInfo, (kCounts + ...)> all{};
  auto at = all.begin();
  ((at = std::ranges::copy(parts, at).out), ...);
  return all;
}

inline constexpr StatusInfo kUnknown{static_cast<Status>(0xFFFF), 70, "unknown",
                                     "a reason this version does not know",
                                     "update torpor"};

constexpr const StatusInfo& Find(std::span<const StatusInfo> rows, Status status) {
  const auto row = std::ranges::find(rows, status, &StatusInfo::status);
  return row == rows.end() ? kUnknown : *row;
}

}  // namespace torpor::status_rows

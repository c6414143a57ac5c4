#include "core/status_table.h"

#include <algorithm>
#include <array>

#include "core/status_rows_agreement.h"
#include "core/status_rows_work.h"

namespace torpor {
namespace {

template <std::size_t kFirst, std::size_t kSecond>
constexpr std::array<StatusInfo, kFirst + kSecond> Joined(
    const std::array<StatusInfo, kFirst>& first,
    const std::array<StatusInfo, kSecond>& second) {
  std::array<StatusInfo, kFirst + kSecond> all{};
  std::ranges::copy(second, std::ranges::copy(first, all.begin()).out);
  return all;
}

constexpr std::array kRows = Joined(status_rows::kAgreement, status_rows::kWork);

constexpr StatusInfo kUnknown{static_cast<Status>(0xFFFF), 70, "unknown",
                              "a reason this version does not know", "update torpor"};

}  // namespace

std::span<const StatusInfo> StatusTable() { return kRows; }

const StatusInfo& Info(Status status) {
  const auto* row = std::ranges::find(kRows, status, &StatusInfo::status);
  return row == kRows.end() ? kUnknown : *row;
}

}  // namespace torpor

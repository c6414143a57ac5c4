// What is wrong with a contract, exactly enough that a person can mend it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/status.h"

namespace torpor::contract {

struct Finding {
  Status status = Status::kOk;
  std::uint16_t field = 0;  // contract.proto's number; 0: no single one
  std::uint8_t part = 0;    // number inside a target or sensor; 0: the field itself
  std::uint8_t entry = 0;   // which target, sensor or sink
  std::uint64_t found = 0;
  std::uint64_t allowed = 0;  // the bound that `found` breaks

  friend constexpr bool operator==(const Finding&, const Finding&) = default;
};

// All findings of one lint, in the order of its rules. More than fit are counted only.
class Findings {
 public:
  constexpr void Add(const Finding& finding) {
    if (count_ < list_.size()) list_[count_] = finding;
    ++count_;
  }
  constexpr void Clear() { count_ = 0; }
  [[nodiscard]] constexpr bool empty() const { return count_ == 0; }
  [[nodiscard]] constexpr std::size_t count() const { return count_; }
  [[nodiscard]] constexpr std::span<const Finding> list() const {
    return std::span(list_).first(count_ < list_.size() ? count_ : list_.size());
  }
  // kOk when there is nothing to find fault with.
  [[nodiscard]] constexpr Status first() const {
    return empty() ? Status::kOk : list_[0].status;
  }

 private:
  std::array<Finding, 52> list_{};
  std::size_t count_ = 0;
};

}  // namespace torpor::contract

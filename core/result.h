// A value, or the reason why there is none. No exception, no heap.
#pragma once

#include <optional>
#include <utility>

#include "core/status.h"

namespace torpor {

template <class T>
class [[nodiscard]] Result {
 public:
  // Converting on purpose: `return value;` and `return Status::kIo;` read as they should.
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Result(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Result(Status why) : status_(why) {}

  [[nodiscard]] constexpr bool ok() const { return value_.has_value(); }
  [[nodiscard]] constexpr Status status() const { return status_; }

  // Only after ok().
  constexpr const T& operator*() const& { return *value_; }
  constexpr T& operator*() & { return *value_; }
  constexpr T&& operator*() && { return *std::move(value_); }
  constexpr const T* operator->() const { return &*value_; }
  constexpr T* operator->() { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_ = Status::kOk;  // never kOk when there is no value
};

}  // namespace torpor

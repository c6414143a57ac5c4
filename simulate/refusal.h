// A value, or why there is none in words that a person can act on: which file, and both
// numbers where two disagree.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/status.h"

namespace torpor::simulate {

// `what` is one printable line. `ours` is what the contract (or the caller) asked for and
// `theirs` what was found; both are empty where nothing was compared.
struct Refusal {
  Status status = Status::kInternal;
  std::string what;
  std::string ours;
  std::string theirs;
};

// Where nothing was compared.
inline Refusal Why(Status status, std::string what) {
  return {status, std::move(what), {}, {}};
}

// Result<T> with words, for code that runs on a host and reads files people made.
template <class T>
class [[nodiscard]] Attempt {
 public:
  Attempt(T value)  // NOLINT(google-explicit-constructor)
      : held_(std::in_place_index<0>, std::move(value)) {}
  Attempt(Refusal why)  // NOLINT(google-explicit-constructor)
      : held_(std::in_place_index<1>, std::move(why)) {}

  [[nodiscard]] bool ok() const { return held_.index() == 0; }
  [[nodiscard]] Status status() const { return ok() ? Status::kOk : refusal().status; }
  // Only when not ok().
  [[nodiscard]] const Refusal& refusal() const { return *std::get_if<1>(&held_); }

  // Only after ok().
  const T& operator*() const& { return *std::get_if<0>(&held_); }
  T& operator*() & { return *std::get_if<0>(&held_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&held_)); }
  const T* operator->() const { return std::get_if<0>(&held_); }
  T* operator->() { return std::get_if<0>(&held_); }

 private:
  std::variant<T, Refusal> held_;
};

// At most 80 characters of `text`, with whatever is not printable ASCII shown as '?':
// text out of a file may not write its own lines into a log.
std::string Printable(std::string_view text);

// A number as a person writes it: 25600, 0.1, 12.8.
std::string Decimal(double number);

}  // namespace torpor::simulate

// Which part of a life teaches, which is taken as healthy and which as failing. In
// minutes; docs/evaluation.md says why these.
#pragma once

#include <cstddef>

namespace torpor::detect::evaluation {

struct Span {
  std::size_t first = 0, end = 0;
  [[nodiscard]] std::size_t count() const { return end - first; }
};

// How a machine learns what is normal for itself.
struct Commissioned {
  // 2 to 20 % of its own life, which nobody knows beforehand. Off: the first minutes,
  // whatever the life, the first quarter of them run-in.
  bool by_share = true;
  std::size_t minutes = 20;  // of commissioning when not by share
};

struct Spans {
  Span own;      // commissioning
  Span taught;   // what a fit of others learns from this machine: 2 to 35 %
  Span healthy;  // test: 20 to 35 %
  Span middle;   // 40 to 55 %: the drift control
  Span end;      // the last 5 %, five minutes at least

  // Of a life of so many minutes. Empty spans when it is too short.
  [[nodiscard]] static Spans Of(std::size_t minutes, const Commissioned& how);
  // Whether every span has a minute and commissioning has kFewestOwn.
  [[nodiscard]] bool Usable() const;
};

inline constexpr std::size_t kFewestOwn = 8;

}  // namespace torpor::detect::evaluation

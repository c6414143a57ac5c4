// When a contract that is broken is worth an alarm: once an episode. An episode of a
// clause begins with the third cycle in a row that broke it, as the alert on the metrics
// does, and ends with the tenth in a row that kept it.
//
// Ending later than it begins is against flapping: a fault that comes and goes stays one
// episode and one alarm. That costs nothing: the metrics say in each cycle how it stands,
// and a second alarm would tell people what they know.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "cycle/breaches.h"

namespace torpor::cycle {

// What is remembered of one clause, across restarts.
struct Episode {
  std::uint32_t broken = 0;       // cycles in a row
  std::uint32_t kept = 0;         // cycles in a row, of an open episode
  bool open = false;              // its alarm was raised
  std::uint64_t since_cycle = 0;  // that broke it first, of this run or episode
  std::int64_t since_wall_us = 0;
  friend bool operator==(const Episode&, const Episode&) = default;
};
using Episodes = std::array<Episode, kClauses>;

// An episode that has just begun: one alarm.
struct Opened {
  Clause clause{};
  std::uint32_t cycles = 0;  // in a row
  std::uint64_t since_cycle = 0;
  std::int64_t since_wall_us = 0;
  Excess excess{};  // of the last of them
};

class BreachEpisodes {
 public:
  static constexpr std::uint32_t kBeginsAfter = 3;
  static constexpr std::uint32_t kEndsAfter = 10;

  // Takes what was judged of a cycle. A clause that could not be measured neither begins
  // an episode nor ends one.
  [[nodiscard]] std::array<std::optional<Opened>, kClauses> Take(
      std::uint64_t cycle, std::int64_t wall_us, const Judgement& judgement);

  [[nodiscard]] const Episodes& episodes() const { return episodes_; }
  void Restore(const Episodes& episodes) { episodes_ = episodes; }

 private:
  Episodes episodes_{};
};

}  // namespace torpor::cycle

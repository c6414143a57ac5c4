// When somebody is paged: the shipped rules, on what a robot pushed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/time.h"
#include "simulate/replay_assumptions.h"

namespace torpor::simulate {

// What matters of one push.
struct ReplayPush {
  Instant at{};
  std::uint32_t breaches = 0;  // most consecutive ones of a clause that costs battery
  Microseconds promise{};      // the next push comes within
  bool refused = false;        // torpor_refused: it works no more until somebody mends it
};

// When Prometheus reads and judges: these, and each scrape or evaluation interval later.
struct ReplayClocks {
  Microseconds scrape{}, evaluation{};
};

struct Page {
  enum class Rule : std::uint8_t { kDutyCycle, kRefused };
  Instant at{};
  Rule rule{};
  friend bool operator==(const Page&, const Page&) = default;
};

// The first page about one robot before `end`; nothing when there is none. A push counts
// from the scrape that reads it on; one that was replaced before is never seen.
// TorporDutyCycle and its like fire at the first evaluation with enough breaches in a
// row, TorporRefused when a robot has refused for long enough; either is told after the
// group's wait. Nobody falls silent here: a robot under torpor reports at each deadline,
// and that one which has refused says nothing more is no news.
std::optional<Page> FirstPage(std::span<const ReplayPush> pushes,
                              const ReplayAssumptions& assumptions,
                              const ReplayClocks& clocks, Instant end);

}  // namespace torpor::simulate

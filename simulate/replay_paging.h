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
};

// When Prometheus reads and judges: these, and each scrape or evaluation interval later.
struct ReplayClocks {
  Microseconds scrape{}, evaluation{};
};

struct Page {
  enum class Rule : std::uint8_t { kDutyCycle, kSilent };
  Instant at{};
  Rule rule{};
  friend bool operator==(const Page&, const Page&) = default;
};

// The first page about one robot before `end`; nothing when there is none. A push counts
// from the scrape that reads it on; one that was replaced before is never seen.
// TorporDutyCycle fires at the first evaluation with enough breaches in a row,
// TorporRobotSilent when the last promise and the grace are over for long enough; either
// is told after the group's wait.
std::optional<Page> FirstPage(std::span<const ReplayPush> pushes,
                              const ReplayAssumptions& assumptions,
                              const ReplayClocks& clocks, Instant end);

}  // namespace torpor::simulate

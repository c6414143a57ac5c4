// When somebody is woken: the shipped rules on many robots, on what these pushed. An
// alert on a single robot wakes nobody; it is for whoever comes to work.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "core/time.h"
#include "cycle/breaches.h"
#include "simulate/replay_assumptions.h"

namespace torpor::simulate {

// What matters of one push.
struct ReplayPush {
  Instant at{};
  std::array<std::uint32_t, cycle::kClauses> breaches{};  // in a row, by clause
  bool refused = false;  // torpor_refused: it works no more until somebody mends it
};

// When Prometheus reads and judges: these, and each scrape or evaluation interval later.
struct ReplayClocks {
  Microseconds scrape{}, evaluation{};
};

struct Page {
  enum class Rule : std::uint8_t { kBreach, kRefused };
  Instant at{};
  Rule rule{};
  friend bool operator==(const Page&, const Page&) = default;
};

// Of a site: TorporSiteBreach, when enough robots are in breach of the same clause, and
// TorporSiteRefused, when enough refuse. Both fire at the first evaluation at which it is
// so, and are told after the group's wait.
class SitePager {
 public:
  SitePager(const ReplayAssumptions& assumptions, const ReplayClocks& clocks)
      : a_(assumptions), clocks_(clocks) {}

  // One robot's pushes. A push counts from the scrape that reads it on; one that was
  // replaced before is never seen.
  void Add(std::span<const ReplayPush> pushes);
  // The first page before `end` of a site of so many robots; nothing when there is none.
  [[nodiscard]] std::optional<Page> First(std::uint64_t robots, Instant end) const;

  // Both are wanted: so many robots, and more than this share of all.
  static constexpr int kLeastRobots = 5;
  static constexpr double kShare = 0.05;

 private:
  // The first evaluation that sees what was pushed then.
  [[nodiscard]] Instant Judged(Instant pushed) const;

  ReplayAssumptions a_;
  ReplayClocks clocks_;
  // How many robots more or less are in breach of a clause from an evaluation on, and
  // last, how many refuse.
  std::array<std::map<Instant, int>, cycle::kClauses + 1> changes_;
};

}  // namespace torpor::simulate

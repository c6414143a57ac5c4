#include "simulate/replay_paging.h"

#include <cmath>

namespace torpor::simulate {
namespace {

// The first of first, first + every, ... that is not before `from`.
Instant NextOf(Microseconds first, Microseconds every, Instant from) {
  const Microseconds past = from.time_since_epoch() - first;
  if (past <= Microseconds(0)) return Instant(first);
  return Instant(first + (past + every - Microseconds(1)) / every * every);
}

}  // namespace

Instant SitePager::Judged(Instant pushed) const {
  return NextOf(clocks_.evaluation, SecondsToTime(a_.evaluation_seconds),
                NextOf(clocks_.scrape, SecondsToTime(a_.scrape_seconds), pushed));
}

void SitePager::Add(std::span<const ReplayPush> pushes) {
  const auto enough = static_cast<std::uint32_t>(std::ceil(a_.breaches_to_page));
  std::array<bool, cycle::kClauses + 1> before{};
  // Of two that one scrape reads, the first is never seen: what it changes at that
  // evaluation the second takes back.
  for (const ReplayPush& push : pushes) {
    for (std::size_t cause = 0; cause < before.size(); ++cause) {
      const bool now =
          cause < cycle::kClauses ? push.breaches[cause] >= enough : push.refused;
      if (now != before[cause]) changes_[cause][Judged(push.at)] += now ? 1 : -1;
      before[cause] = now;
    }
  }
}

std::optional<Page> SitePager::First(std::uint64_t robots, Instant end) const {
  const double share = kShare * static_cast<double>(robots);
  std::optional<Page> first;
  for (std::size_t cause = 0; cause < changes_.size(); ++cause) {
    int count = 0;
    for (const auto& [at, change] : changes_[cause]) {
      count += change;
      if (count < kLeastRobots || count <= share) continue;
      const Page page = {
          at + SecondsToTime(a_.group_wait_seconds),
          cause < cycle::kClauses ? Page::Rule::kBreach : Page::Rule::kRefused};
      if (page.at < end && (!first || page.at < first->at)) first = page;
      break;
    }
  }
  return first;
}

}  // namespace torpor::simulate

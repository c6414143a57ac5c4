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

std::optional<Page> FirstPage(std::span<const ReplayPush> pushes,
                              const ReplayAssumptions& a, const ReplayClocks& clocks,
                              Instant end) {
  const Microseconds scrape = SecondsToTime(a.scrape_seconds);
  const Microseconds evaluation = SecondsToTime(a.evaluation_seconds);
  const Microseconds wait = SecondsToTime(a.group_wait_seconds);
  const auto enough = static_cast<std::uint32_t>(std::ceil(a.breaches_to_page));
  const auto Judged = [&](Instant at) {  // the first evaluation that sees it
    return NextOf(clocks.evaluation, evaluation, NextOf(clocks.scrape, scrape, at));
  };
  for (std::size_t i = 0; i < pushes.size(); ++i) {
    const ReplayPush& push = pushes[i];
    const Instant seen = NextOf(clocks.scrape, scrape, push.at);
    const bool last = i + 1 == pushes.size();
    if (!last && pushes[i + 1].at <= seen) continue;  // replaced unread
    const Instant until = last ? Instant::max() : Judged(pushes[i + 1].at);
    std::optional<Page> page;
    if (push.refused) {
      const Instant fires =
          NextOf(clocks.evaluation, evaluation,
                 Judged(push.at) + SecondsToTime(a.refused_for_seconds));
      if (fires < until) page = {fires + wait, Page::Rule::kRefused};
    } else if (push.breaches >= enough) {
      page = {Judged(push.at) + wait, Page::Rule::kDutyCycle};
    }
    if (page) return page->at < end ? page : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace torpor::simulate

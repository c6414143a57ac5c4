#include "cycle/breach_episodes.h"

#include <limits>

namespace torpor::cycle {
namespace {

// True when the episode begins.
bool Broke(Episode& episode, std::uint64_t cycle, std::int64_t wall_us) {
  if (!episode.open && episode.broken == 0) {
    episode.since_cycle = cycle;
    episode.since_wall_us = wall_us;
  }
  episode.kept = 0;
  if (episode.broken < std::numeric_limits<std::uint32_t>::max()) ++episode.broken;
  if (episode.open || episode.broken < BreachEpisodes::kBeginsAfter) return false;
  episode.open = true;
  return true;
}

void Kept(Episode& episode) {
  episode.broken = 0;
  if (episode.open && ++episode.kept >= BreachEpisodes::kEndsAfter) episode = {};
}

}  // namespace

std::array<std::optional<Opened>, kClauses> BreachEpisodes::Take(
    std::uint64_t cycle, std::int64_t wall_us, const Judgement& judgement) {
  std::array<std::optional<Opened>, kClauses> opened;
  for (std::size_t i = 0; i < kClauses; ++i) {
    const auto& [broken, excess] = judgement[i];
    Episode& episode = episodes_[i];
    if (!broken) continue;
    if (!*broken) {
      Kept(episode);
    } else if (Broke(episode, cycle, wall_us)) {
      opened[i] = {static_cast<Clause>(i), episode.broken, episode.since_cycle,
                   episode.since_wall_us, excess};
    }
  }
  return opened;
}

}  // namespace torpor::cycle

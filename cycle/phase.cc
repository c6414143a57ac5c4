#include "cycle/phase.h"

#include <algorithm>
#include <cstdint>

namespace torpor::cycle {
namespace {

std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  hash = (hash ^ hash >> 33U) * 0xff51afd7ed558ccdU;
  hash = (hash ^ hash >> 33U) * 0xc4ceb9fe1a85ec53U;
  return hash ^ hash >> 33U;
}

}  // namespace

Microseconds SpreadOf(const contract::Terms& terms) {
  const Microseconds until_sampled =
      terms.period - terms.sample - terms.mcu_guard - terms.awake();
  const Microseconds until_old =
      terms.max_batch_age - terms.mcu_guard - terms.wake - terms.collect;
  return std::max(std::min(until_sampled, until_old), Microseconds{0}) / 2;
}

Microseconds PhaseOf(const contract::Terms& terms, std::string_view robot) {
  const auto spread = static_cast<std::uint64_t>(SpreadOf(terms).count());
  if (spread == 0) return Microseconds{0};
  return Microseconds(static_cast<std::int64_t>(HashOf(robot) % spread));
}

}  // namespace torpor::cycle

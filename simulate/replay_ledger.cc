#include "simulate/replay_ledger.h"

#include <algorithm>

namespace torpor::simulate {
namespace {

// uW x us is pJ: 50 W over a day is 4.3e18 of them, below 2^63.
constexpr std::int64_t Picojoules(Microwatts power, Microseconds time) {
  return power.value * time.count();
}

}  // namespace

Microwatts Adds(Draw draw, const ReplayAssumptions& a) {
  switch (draw) {
    case Draw::kAwake:
      return WattsToPower(a.awake_adds_watts);
    case Draw::kCore:
      return WattsToPower(a.core_adds_watts);
    case Draw::kResident:
      return WattsToPower(a.resident_adds_watts);
    case Draw::kGpuWork:
      return WattsToPower(a.gpu_work_adds_watts);
  }
  return {};
}

Microjoules ComputerEnergy(const DrawTimes& times, Microseconds elapsed,
                           const ReplayAssumptions& assumptions) {
  Microjoules sum{Picojoules(WattsToPower(assumptions.asleep_watts), elapsed) /
                  1'000'000};
  for (std::size_t i = 0; i < kDraws; ++i) {
    sum += Microjoules{Picojoules(Adds(static_cast<Draw>(i), assumptions), times[i]) /
                       1'000'000};
  }
  return sum;
}

Ledger::Ledger(Microseconds shift)
    : shift_(shift),
      bins_(static_cast<std::size_t>((shift + kBin - Microseconds(1)) / kBin)) {}

void Ledger::Spend(Draw draw, Instant from, Instant to) {
  const auto which = static_cast<std::size_t>(draw);
  from = std::max(from, spent_until_[which]);
  to = std::min(to, Instant(shift_));
  if (to <= from) return;
  spent_until_[which] = to;
  times_[which] += to - from;
  while (from < to) {
    const auto bin = static_cast<std::size_t>(from.time_since_epoch() / kBin);
    const Instant end =
        std::min(to, Instant(kBin * (static_cast<std::int64_t>(bin) + 1)));
    bins_[bin][which] += end - from;
    from = end;
  }
}

Microseconds Ledger::BinLength(std::size_t bin) const {
  return std::min(kBin, shift_ - kBin * static_cast<std::int64_t>(bin));
}

}  // namespace torpor::simulate

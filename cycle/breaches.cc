#include "cycle/breaches.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "contract/energy.h"

namespace torpor::cycle {
namespace {

Microseconds TimeIn(const StateTimes& times, State state) {
  return times[static_cast<std::size_t>(state)];
}

// Nothing when the clause could not be measured in this cycle.
std::optional<bool> Broken(Clause clause, const contract::Terms& terms,
                           const Measured& m) {
  switch (clause) {
    case Clause::kDutyCycle:
      return AwakeTime(m.times) > terms.awake();
    case Clause::kInterval:
      if (!m.inferred || !m.since_last_inference) return std::nullopt;
      return *m.since_last_inference < terms.period - terms.mcu_guard ||
             *m.since_last_inference > 2 * terms.period;
    case Clause::kWakeups:
      if (!m.wakeups_asleep) return std::nullopt;
      return *m.wakeups_asleep > 0 ||
             m.wakeups_awake.value_or(0) > terms.awake_wakeups_max;
    case Clause::kPower:
      return m.energy > terms.cycle_budget;
    case Clause::kGpuResidency:
      if (!m.residency) return std::nullopt;
      return *m.residency > terms.residency_max;
    case Clause::kDataAge:
      if (!m.inferred && !m.batch_stale) return std::nullopt;
      return m.batch_stale;
  }
  return std::nullopt;
}

}  // namespace

void Breaches::Judge(const contract::Terms& terms, const Measured& measured) {
  bool any = false;
  for (std::size_t i = 0; i < kClauses; ++i) {
    const std::optional<bool> broken = Broken(static_cast<Clause>(i), terms, measured);
    if (!broken) continue;
    if (!*broken) run_[i] = 0;
    if (*broken && run_[i] < std::numeric_limits<std::uint32_t>::max()) ++run_[i];
    any = any || *broken;
  }
  if (any) ++total_;
}

Microseconds AwakeTime(const StateTimes& times) {
  const Microseconds all = std::accumulate(times.begin(), times.end(), Microseconds{0});
  return all - TimeIn(times, State::kAsleep);
}

Microjoules ModelledEnergy(const contract::Terms& terms, const StateTimes& times,
                           bool sampled) {
  using contract::EnergyPhase;
  const Microseconds asleep = TimeIn(times, State::kAsleep);
  const Microseconds elapsed = AwakeTime(times) + asleep;
  const Microseconds sampling =
      sampled ? std::min(Microseconds(terms.sample), elapsed) : Microseconds{0};
  contract::PhaseTimes spent{};
  const auto spend = [&spent](EnergyPhase phase, Microseconds time) {
    spent[static_cast<std::size_t>(phase)] = time;
  };
  spend(EnergyPhase::kMcuSample, sampling);
  spend(EnergyPhase::kMcuSleep, elapsed - sampling);
  spend(EnergyPhase::kCollect, TimeIn(times, State::kCollecting));
  spend(EnergyPhase::kInfer, TimeIn(times, State::kInferring));
  spend(EnergyPhase::kRelease, TimeIn(times, State::kReleasing));
  spend(EnergyPhase::kJudge,
        TimeIn(times, State::kJudging) + TimeIn(times, State::kJournalling));
  spend(EnergyPhase::kReport, TimeIn(times, State::kReporting));
  spend(EnergyPhase::kComputerSleep, asleep);
  return contract::ModelledCycle(terms, spent).total;
}

}  // namespace torpor::cycle

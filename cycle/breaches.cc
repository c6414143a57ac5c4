#include "cycle/breaches.h"

#include <limits>
#include <numeric>

namespace torpor::cycle {
namespace {

Microseconds TimeIn(const StateTimes& times, State state) {
  return times[static_cast<std::size_t>(state)];
}

// uW x us is pJ; a day at 4 kW is 3.5e20 pJ, so the sum is kept in nJ.
Nanojoules Spent(Microwatts power, Microseconds time) {
  return {power.value * (time.count() / 1000) +
          power.value * (time.count() % 1000) / 1000};
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
  const contract::PowerModel& power = terms.power;
  const Microseconds infer = TimeIn(times, State::kInferring);
  const Microseconds report = TimeIn(times, State::kReporting);
  const Microseconds asleep = TimeIn(times, State::kAsleep);
  const Microseconds elapsed = AwakeTime(times) + asleep;
  const Microseconds sampling =
      sampled ? std::min(Microseconds(terms.sample), elapsed) : Microseconds{0};

  Nanojoules sum = Spent(power.mcu_sample, sampling);
  sum += Spent(power.mcu_sleep, elapsed - sampling);
  sum += Spent(power.computer_awake, AwakeTime(times) - infer - report);
  sum += Spent(power.computer_infer, infer);
  sum += Spent(power.computer_report, report);
  sum += Spent(power.computer_sleep, asleep);
  return RoundUp(sum) + power.transition;
}

}  // namespace torpor::cycle

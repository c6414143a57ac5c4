#include "contract/energy.h"

namespace torpor::contract {
namespace {

constexpr Milliseconds kHour{3'600'000};

// uW x us is pJ, which would overflow for an hour; so whole milliseconds apart.
constexpr Nanojoules Energy(Microwatts power, Microseconds time) {
  const std::int64_t us = time.count() > 0 ? time.count() : 0;
  return Nanojoules{power.value * (us / 1000) + (power.value * (us % 1000) + 999) / 1000};
}

}  // namespace

PhaseTimes ContractTimes(const Terms& t) {
  return {t.sample, t.mcu_guard, t.mcu_sleep, t.wake,   t.collect,
          t.infer,  t.release,   t.judge,     t.report, t.computer_sleep};
}

CycleEnergy ModelledCycle(const Terms& terms) {
  return ModelledCycle(terms, ContractTimes(terms));
}

CycleEnergy ModelledCycle(const Terms& terms, const PhaseTimes& times) {
  const PowerModel& p = terms.power;
  CycleEnergy cycle;
  cycle.phases = {{
      {"mcu sample", {}, p.mcu_sample, {}},
      {"mcu guard", {}, p.mcu_sample, {}},
      {"mcu sleep", {}, p.mcu_sleep, {}},
      {"wake", {}, p.computer_awake, {}},
      {"collect", {}, p.computer_awake, {}},
      {"infer", {}, p.computer_infer, {}},
      {"release", {}, p.computer_awake, {}},
      {"judge", {}, p.computer_awake, {}},
      {"report", {}, p.computer_report, {}},
      {"sleep", {}, p.computer_sleep, {}},
  }};
  Nanojoules sum{};
  for (std::size_t i = 0; i < kEnergyPhases; ++i) {
    PhaseEnergy& phase = cycle.phases[i];
    phase.time = times[i];
    phase.energy = Energy(phase.power, phase.time);
    sum += phase.energy;
  }
  cycle.transition = p.transition;
  cycle.total = RoundUp(sum) + p.transition;
  return cycle;
}

Microjoules WithMargin(Microjoules modelled, std::uint32_t margin_permille) {
  return {(modelled.value * (1000 + std::int64_t{margin_permille}) + 999) / 1000};
}

Microjoules PerHour(Microjoules cycle, Milliseconds period) {
  // Whole parts of the period apart: the product alone could overflow.
  const std::int64_t whole = cycle.value / period.count();
  const std::int64_t rest = cycle.value % period.count();
  return {whole * kHour.count() +
          (rest * kHour.count() + period.count() - 1) / period.count()};
}

RefusalEnergy RefusingHour(const Terms& t) {
  const PowerModel& p = t.power;
  RefusalEnergy hour;
  hour.mcu_asleep = RoundUp(Energy(p.mcu_sleep, kHour));
  hour.computer_asleep = RoundUp(Energy(p.computer_sleep, kHour));
  hour.one_wake = RoundUp(Energy(p.computer_awake, t.wake + t.collect) +
                          Energy(p.computer_report, t.report)) +
                  p.transition;
  hour.wakes = PerHour(hour.one_wake, t.period);
  hour.total = hour.mcu_asleep + hour.computer_asleep + hour.wakes;
  return hour;
}

}  // namespace torpor::contract

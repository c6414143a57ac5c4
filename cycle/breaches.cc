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

double Seconds(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }

Judged JudgeInterval(const contract::Terms& terms, const Measured& m) {
  if (!m.inferred || !m.since_last_inference) return {};
  const Microseconds least = terms.period - terms.mcu_guard;
  const Microseconds most = 2 * terms.period;
  const bool too_short = *m.since_last_inference < least;
  return {too_short || *m.since_last_inference > most,
          {Seconds(*m.since_last_inference), Seconds(too_short ? least : most), "s",
           too_short}};
}

Judged JudgeWakeups(const contract::Terms& terms, const Measured& m) {
  if (!m.wakeups_asleep) return {};
  if (*m.wakeups_asleep > 0) {
    return {true, {static_cast<double>(*m.wakeups_asleep), 0, "wake-ups asleep"}};
  }
  const std::uint32_t awake = m.wakeups_awake.value_or(0);
  return {awake > terms.awake_wakeups_max,
          {static_cast<double>(awake), static_cast<double>(terms.awake_wakeups_max),
           "wake-ups awake"}};
}

Judged JudgeOne(Clause clause, const contract::Terms& terms, const Measured& m) {
  switch (clause) {
    case Clause::kDutyCycle: {
      const Microseconds awake = AwakeTime(m.times);
      return {awake > terms.awake(), {Seconds(awake), Seconds(terms.awake()), "s"}};
    }
    case Clause::kInterval:
      return JudgeInterval(terms, m);
    case Clause::kWakeups:
      return JudgeWakeups(terms, m);
    case Clause::kPower:
      return {m.energy > terms.cycle_budget,
              {static_cast<double>(m.energy.value) / 1e6,
               static_cast<double>(terms.cycle_budget.value) / 1e6, "J"}};
    case Clause::kGpuResidency:
      if (!m.residency) return {};
      return {*m.residency > terms.residency_max,
              {static_cast<double>(*m.residency),
               static_cast<double>(terms.residency_max), kRungs}};
    case Clause::kDataAge:
      if (!m.inferred && !m.batch_stale) return {};
      return {m.batch_stale, {Seconds(m.batch_age), Seconds(terms.max_batch_age), "s"}};
  }
  return {};
}

}  // namespace

std::string_view NameOf(Clause clause) {
  static constexpr std::array<std::string_view, kClauses> kNames = {
      "duty_cycle", "interval", "wakeups", "power", "gpu_residency", "data_age"};
  return kNames[static_cast<std::size_t>(clause)];
}

bool InBreach(const Judgement& judgement) {
  return std::ranges::any_of(
      judgement, [](const Judged& clause) { return clause.broken.value_or(false); });
}

Judgement Breaches::Judge(const contract::Terms& terms, const Measured& measured) {
  Judgement judgement;
  for (std::size_t i = 0; i < kClauses; ++i) {
    judgement[i] = JudgeOne(static_cast<Clause>(i), terms, measured);
    const std::optional<bool> broken = judgement[i].broken;
    if (!broken) continue;
    if (!*broken) run_[i] = 0;
    if (*broken && run_[i] < std::numeric_limits<std::uint32_t>::max()) ++run_[i];
  }
  if (InBreach(judgement)) ++total_;
  return judgement;
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

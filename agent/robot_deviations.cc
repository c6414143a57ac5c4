// What a cycle did otherwise than its contract says, and what it cost.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/robot.h"
#include "power/words.h"

namespace torpor::agent {
namespace {

constexpr std::int64_t kWallStepMicroseconds =
    1'000'000;  // docs/metrics.md: steps above 1 s

}  // namespace

void Robot::RevokeLeases() {
  for (const power::Revoked& revoked : parts_.leases.RevokeAll(Now())) {
    tally_.LeaseRevoked();
    carried_.push_back(
        {Status::kLeaseRevoked,
         Print("%s, held for %.3f s", std::string(power::Name(revoked.consumer)).c_str(),
               Seconds(revoked.held))});
  }
}

void Robot::AddDeviceRail() {
  if (parts_.accelerator == nullptr || !parts_.accelerator->asks_device()) return;
  telemetry::RailJoules rail;
  rail.rail = "gpu";
  const auto& device = parts_.accelerator->account().device;
  if (record_.inferred && device) {
    rail.how = Metered::kCounted;
    rail.phases[static_cast<std::size_t>(telemetry::Phase::kInfer)] = device;
    rail.why = "asked only while an inference holds it";
  } else {
    rail.why = record_.inferred ? "the device has no counter that can be read"
                                : "no inference held it";
  }
  record_.rails.push_back(std::move(rail));
}

void Robot::CountDeviations(Instant scheduled, const cycle::Account& account,
                            const World::Sleep& slept) {
  if (dates_ != Status::kOk) Deviate(dates_);
  for (auto& [what, detail] : std::exchange(settings_.found_at_boot, {})) {
    Deviate(what, std::move(detail));
  }
  if (parts_.accelerator != nullptr) {
    for (auto& [what, words] : parts_.accelerator->TakeProblems())
      Deviate(what, std::move(words));
  }
  for (std::size_t i = 0; i < account.overrun_count; ++i) {
    const cycle::Overrun& overrun = account.overruns[i];
    Deviate(overrun.what,
            Print("%.3f s of %.3f s", Seconds(overrun.took), Seconds(overrun.allowed)));
  }
  if (account.wake_delay > terms().wake) {
    Deviate(Status::kWokeLate, Print("by %.3f s", Seconds(account.wake_delay)));
  }
  if (const auto missed = (duty_.woke() - scheduled) / terms().period; missed > 0) {
    Deviate(Status::kCycleMissed, Print("%lld", static_cast<long long>(missed)));
  }
  const std::int64_t offset = record_.wall_us - SinceBootMicroseconds(record_.woke);
  if (wall_offset_us_ && std::llabs(offset - *wall_offset_us_) > kWallStepMicroseconds) {
    Deviate(Status::kClockStepped,
            Print("by %.1f s", static_cast<double>(offset - *wall_offset_us_) / 1e6));
  }
  wall_offset_us_ = offset;
  for (const telemetry::Deviation& deviation : slept.deviations) {
    Deviate(deviation.what, deviation.detail);
  }
  record_.suspended = slept.suspended;
  const std::uint32_t machine_woken = slept.woken_by_others + slept.woken_by_unknown;
  extras_.woken_by_others = slept.woken_by_others;
  record_.wakeups_asleep = slept.wakeups.value_or(0) + machine_woken;
  if (slept.wakeups.value_or(0) > 0) {
    Deviate(Status::kTooManyWakeups,
            Print("%u while asleep", *slept.wakeups) +
                (slept.scheduled.empty() ? "" : ": " + slept.scheduled));
  }
  const auto awake = parts_.world.WakeupsAwake();
  record_.wakeups_awake = awake.value_or(0);

  // A firmware that has agreed samples once a period, whether it is asked or not.
  const bool sampled = parts_.collector.agreed();
  if (!record_.metered) {
    record_.energy = cycle::ModelledEnergy(terms(), account.times, sampled);
  }
  if (record_.energy > terms().cycle_budget) {
    Deviate(Status::kCycleOverBudget, Print("%.1f J of %.1f J", Joules(record_.energy),
                                            Joules(terms().cycle_budget)));
  }
  cycle::Measured measured;
  measured.times = account.times;
  measured.inferred = record_.inferred;
  measured.batch_stale = record_.dropped_stale > 0;
  measured.batch_age = record_.batch_age;
  if (slept.wakeups || machine_woken > 0)
    measured.wakeups_asleep = record_.wakeups_asleep;
  measured.wakeups_awake = awake;
  measured.energy = record_.energy;
  if (parts_.residency != nullptr) {
    const auto stayed_up = parts_.residency->Tell(terms().residency_max, record_);
    measured.residency = std::max(measured.residency, stayed_up);  // nothing is least
    if (parts_.residency->spun()) {
      measured.wakeups_asleep = std::max(measured.wakeups_asleep.value_or(0), 1U);
    }
  }
  if (record_.inferred && record_.since_last_inference.count() > 0) {
    measured.since_last_inference = record_.since_last_inference;
  }
  if (parts_.accelerator != nullptr) {
    // That our process has gone proves nothing of a GPU whose rest is not known.
    const contract::Residency rung = parts_.accelerator->residency();
    const bool unknown = parts_.residency != nullptr && parts_.residency->unknown();
    if (!unknown || rung > terms().residency_max) {
      measured.residency = std::max(measured.residency, std::optional(rung));
    }
    extras_.accelerator_kills = parts_.accelerator->kills();
    extras_.gpu_resident = parts_.accelerator->resident_time();
  }
  const cycle::Judgement judged = breaches_.Judge(terms(), measured);
  extras_.in_breach = cycle::InBreach(judged);
  breaches_begun_ = breach_alarms_.Take(record_, judged);
}

}  // namespace torpor::agent

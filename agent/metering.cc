#include "agent/metering.h"

#include <algorithm>
#include <utility>

namespace torpor::agent {
namespace {

using telemetry::Phase;

static_assert(power::kPhases == telemetry::kPhases);

std::vector<power::Rail> RailsOf(std::span<const std::unique_ptr<power::Meter>> meters) {
  std::vector<power::Rail> rails;
  for (const auto& meter : meters) {
    rails.insert(rails.end(), meter->rails().begin(), meter->rails().end());
  }
  return rails;
}

}  // namespace

Metering::Metering(std::span<const std::unique_ptr<power::Meter>> meters)
    : meters_(meters), account_(RailsOf(meters)) {
  readings_.resize(RailsOf(meters).size());
}

void Metering::Read() {
  std::span<power::Reading> rest = readings_;
  for (const auto& meter : meters_) {
    const std::size_t count = meter->rails().size();
    meter->Read(rest.first(count));
    rest = rest.subspan(count);
  }
}

void Metering::Woke(Instant now, Instant due, power::Passed passed) {
  Read();
  if (!begun_) {
    begun_ = true;
    account_.Begin(now, readings_);
    return;
  }
  // A deadline that had passed before was no sleep.
  if (due <= fell_asleep_) passed = power::Passed::kAwake;
  account_.Border(static_cast<std::size_t>(Phase::kSleep), now, readings_, passed,
                  now - due);
}

void Metering::Border(Phase phase, Instant now) {
  if (!begun_) return;
  Read();
  account_.Border(static_cast<std::size_t>(phase), now, readings_);
}

void Metering::FallsAsleep(Instant now) {
  Border(Phase::kSleep, now);
  fell_asleep_ = now;
}

void Metering::TakeCycle(Phase phase, Instant now, telemetry::CycleRecord& record) {
  if (!begun_) return;
  Border(phase, now);
  const std::vector<std::string> lost = account_.lost();
  const std::vector<power::RailEnergy> rails = account_.TakeCycle();
  if (const power::RailEnergy* whole = power::WholeMachine(rails)) {
    record.energy = *whole->total();
    record.metered = true;
  }
  for (const power::RailEnergy& rail : rails) {
    record.rails.push_back({rail.rail, rail.how, rail.phases, rail.why});
  }
  std::ranges::sort(record.rails, {}, &telemetry::RailJoules::rail);
  for (const std::string& rail : lost) {
    record.deviations.push_back({Status::kMeterLost, rail});
  }
}

}  // namespace torpor::agent

// What the robot's cycles cost, as its meters say: read at each border of two phases,
// before each sleep and first thing after it. Where nothing is metered there is none of
// this.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/time.h"
#include "power/energy_account.h"
#include "power/meter.h"
#include "telemetry/cycle_record.h"

namespace torpor::agent {

class Metering {
 public:
  // The meters outlive this.
  explicit Metering(std::span<const std::unique_ptr<power::Meter>> meters);

  // The machine woke at `now`, and was to wake at `due`. Begins the account the first
  // time.
  void Woke(Instant now, Instant due, power::Passed passed = power::Passed::kAsleep);
  // `phase` ends at `now`.
  void Border(telemetry::Phase phase, Instant now);
  // The last reading before a sleep.
  void FallsAsleep(Instant now);

  // Ends the cycle at `now`, within `phase`: gives the record its rails, and its energy
  // where the whole machine was metered, else leaves that alone. Each rail that was lost
  // is a deviation of it.
  void TakeCycle(telemetry::Phase phase, Instant now, telemetry::CycleRecord& record);

 private:
  void Read();

  std::span<const std::unique_ptr<power::Meter>> meters_;
  std::vector<power::Reading> readings_;
  power::EnergyAccount account_;
  bool begun_ = false;
  Instant fell_asleep_{};
};

}  // namespace torpor::agent

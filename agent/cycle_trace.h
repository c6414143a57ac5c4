// What the robot's cycles leave in the trace, beyond the record of each: when every step
// began and ended, and every lease. It is told, and asks nobody but the clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/world.h"
#include "cycle/steps.h"
#include "power/lease.h"
#include "telemetry/trace_writer.h"

namespace torpor::agent {

class CycleTrace final : public power::LeaseListener {
 public:
  // All of them outlive this. `boot` is the machine's, whose clock the world tells.
  CycleTrace(World& world, power::LeaseBook& leases, telemetry::TraceWriter& writer,
             std::string boot);
  ~CycleTrace() override { leases_.Tell(nullptr); }

  // `state` ends at `now`. What lies before the first border is in no trace.
  void Border(cycle::State state, Instant now);
  // The robot woke at `now`, and was to wake at `due`.
  void Woke(Instant now, Instant due);

  // Writes the cycle that `record` is of, before it is journalled: a journal that hangs
  // is in the trace. A deviation where it could not. The record is as it was afterwards.
  [[nodiscard]] std::optional<telemetry::Deviation> Write(telemetry::CycleRecord& record);

  void Taken(std::uint64_t id, power::Consumer consumer, Instant now) override;
  void Ended(std::uint64_t id, End how) override;

 private:
  struct Open {
    std::uint64_t id;
    power::Consumer consumer;
    Instant taken;
  };

  World& world_;
  power::LeaseBook& leases_;
  telemetry::TraceWriter& writer_;
  std::optional<Instant> entered_;  // the step under way
  std::vector<Open> open_;
  telemetry::TracedCycle cycle_;  // under way
};

}  // namespace torpor::agent

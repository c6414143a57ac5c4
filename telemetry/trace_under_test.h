// Traced cycles for tests: of a robot with everything that a block can hold.
#pragma once

#include <cstdint>
#include <string>

#include "telemetry/trace_format.h"

namespace torpor::telemetry {

// Cycle `number` of a robot with a period of 60 s that was at work from boot on: reports
// for 40 ms, sleeps, and is awake for 2 ms up to its verdict.
inline TracedCycle Traced(std::uint64_t number) {
  const auto woke = static_cast<std::int64_t>(60'000'000 * number);
  TracedCycle cycle;
  cycle.boot = "boot-1";
  cycle.due = FromMicroseconds(woke - 300);
  CycleRecord& r = cycle.record;
  r.cycle = number;
  r.woke = FromMicroseconds(woke);
  r.wall_us = 1'790'000'000'000'000 + woke;
  r.inferred = true;
  r.batch_sequence = number + 16;
  r.batch_age = Microseconds(700'000);
  r.since_last_inference = Microseconds(60'000'000);
  r.dropped_overrun = 1;
  r.dropped_stale = 2;
  r.dropped_corrupt = 3;
  r.dropped_gap = 4;
  r.verdict = Verdict::kAnomaly;
  r.why_abstained = Status::kStandstill;
  r.score = 1.5;
  r.alarm = true;
  r.because = "the outer race, at 81 Hz";
  r.energy = Microjoules{74'000'000};
  r.metered = true;
  r.rails = {{"VDD_IN", Metered::kSampled, {}, {}}};
  for (std::size_t i = 0; i < kPhases; ++i) {
    r.rails[0].phases[i] = Microjoules{static_cast<std::int64_t>(1000 * i)};
  }
  r.rails[0].phases[0].reset();
  r.wakeups_awake = 5;
  r.wakeups_asleep = 6;
  r.suspended = Microseconds(50'000'000);
  r.slept = 0.75;
  SleepProof& sleep = r.sleep.emplace();
  sleep.gpu_before = "suspended";
  sleep.gpu_after = "active";
  sleep.suspended_ms = 41'000;
  sleep.railgated = true;
  sleep.pinned = true;
  sleep.idle_share = 0.5;
  sleep.causes = "channel, clocks";
  r.contract = "0123456789abcdef";
  r.deviations = {{Status::kInferLate, {}}, {Status::kLeaseRevoked, {}}};
  std::int64_t at = woke - 60'000'000 + 2'000;
  for (const auto& [step, us] : {std::pair{TraceStep::kJournal, std::int64_t{500}},
                                 {TraceStep::kReport, 40'000},
                                 {TraceStep::kSleep, 59'957'500},
                                 {TraceStep::kCollect, 1'200},
                                 {TraceStep::kInfer, 500},
                                 {TraceStep::kRelease, 100},
                                 {TraceStep::kJudge, 200}}) {
    cycle.steps.push_back({step, FromMicroseconds(at), FromMicroseconds(at + us)});
    r.phases[static_cast<std::size_t>(PhaseOf(step))] += Microseconds(us);
    at += us;
  }
  cycle.leases = {{"network", cycle.steps[1].begin, cycle.steps[1].end, false},
                  {"link", cycle.steps[3].begin, cycle.steps[3].end, false},
                  {"accelerator", cycle.steps[4].begin, cycle.steps[5].end, true}};
  return cycle;
}

}  // namespace torpor::telemetry

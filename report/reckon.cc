// When each cycle was, on one line of time.
#include <algorithm>
#include <chrono>

#include "report/collect.h"

namespace torpor::report {
namespace {

using telemetry::CycleRecord;
using telemetry::Phase;

// A record ends with a commit and the next begins there: so far clocks may differ.
constexpr Microseconds kSameMoment = std::chrono::seconds(1);

Microseconds In(const CycleRecord& record, Phase phase) {
  return record.phases[static_cast<std::size_t>(phase)];
}

// From one waking to the next, as far as the two records account for it.
Microseconds Recorded(const CycleRecord& before, const CycleRecord& record) {
  Microseconds time = In(record, Phase::kReport) + In(record, Phase::kSleep);
  for (const Phase phase :
       {Phase::kWake, Phase::kCollect, Phase::kInfer, Phase::kRelease, Phase::kJudge}) {
    time += In(before, phase);
  }
  return time;
}

}  // namespace

void Reckon(Collected& collected) {
  collected.at.clear();
  collected.gaps.clear();
  collected.clock_steps.clear();
  const std::vector<CycleRecord>& cycles = collected.cycles;
  for (std::size_t i = 0; i < cycles.size(); ++i) {
    if (i == 0) {
      collected.at.emplace_back(0);
      continue;
    }
    const CycleRecord& before = cycles[i - 1];
    const CycleRecord& record = cycles[i];
    const Microseconds recorded = Recorded(before, record);
    const Microseconds by_boot = record.woke - before.woke;
    const Microseconds by_wall(record.wall_us - before.wall_us);
    // The boot clock began anew; or it did, and is further by now than it was, while much
    // more time has passed on the wall.
    const bool new_boot = by_boot.count() <= 0 ||
                          (record.inferred && record.since_last_inference.count() == 0 &&
                           before.inferred && by_wall > by_boot + kSameMoment);
    Microseconds passed = by_boot;
    if (new_boot) passed = by_wall.count() > 0 ? by_wall : recorded;
    passed = std::max(passed, Microseconds(1));
    collected.at.push_back(collected.at.back() + passed);

    const Microseconds step = by_wall - passed;
    if (!new_boot && (step > kSameMoment || step < -kSameMoment)) {
      collected.clock_steps.push_back({i, step});
    }
    const std::uint64_t missing =
        record.cycle > before.cycle ? record.cycle - before.cycle - 1 : 0;
    const Microseconds unrecorded = passed - recorded;
    if (unrecorded > kSameMoment || missing > 0) {
      collected.gaps.push_back({i, std::max(unrecorded, Microseconds(0)), missing});
    }
  }
}

}  // namespace torpor::report

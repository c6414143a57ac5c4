#include "view/standing.h"

#include <algorithm>

namespace torpor::view {

using telemetry::Phase;

namespace {

Microseconds PhaseOf(const telemetry::CycleRecord& record, Phase phase) {
  return record.phases[static_cast<std::size_t>(phase)];
}

}  // namespace

std::int64_t JournalledAt(const telemetry::CycleRecord& record) {
  Microseconds awake{};
  for (const Phase phase :
       {Phase::kWake, Phase::kCollect, Phase::kInfer, Phase::kRelease, Phase::kJudge}) {
    awake += PhaseOf(record, phase);
  }
  return record.wall_us + awake.count();
}

Standing StandingAt(std::int64_t now_us, const telemetry::CycleRecord* last,
                    const contract::Terms* terms) {
  Standing standing;
  if (last == nullptr) return standing;
  const std::int64_t journalled = JournalledAt(*last);
  if (journalled - now_us > kClocksAgree.count()) {
    standing.doing = Doing::kClocks;
    standing.ahead = Microseconds(journalled - now_us);
    return standing;
  }
  if (terms == nullptr) return standing;
  const auto us = [](Microseconds time) { return time.count(); };
  standing.wakes_us = std::max(last->wall_us + us(terms->period), journalled);
  standing.due_us = standing.wakes_us + us(terms->awake());
  if (now_us > standing.due_us + kGrace.count()) {
    standing.doing = Doing::kOverdue;
    standing.overdue = Microseconds(now_us - standing.due_us);
  } else if (now_us >= standing.wakes_us) {
    standing.doing = Doing::kAwake;
    standing.since_us = standing.wakes_us;
  } else {
    // As long as the report before took: that of this cycle is in the next record.
    const std::int64_t asleep = journalled + us(PhaseOf(*last, Phase::kReport));
    standing.doing = now_us < asleep ? Doing::kReporting : Doing::kAsleep;
    standing.since_us = now_us < asleep ? journalled : asleep;
  }
  return standing;
}

}  // namespace torpor::view

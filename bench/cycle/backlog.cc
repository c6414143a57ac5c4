#include "bench/cycle/backlog.h"

#include <signal.h>

#include <vector>

#include "bench/cycle/journal_account.h"

namespace torpor::bench {
namespace {

constexpr std::size_t kCyclesBefore = 5, kCyclesAfter = 3;

}  // namespace

Backlog::Backlog(BenchRobot& robot, std::uint64_t windows)
    : robot_(robot),
      subject_("torpord with a backlog", robot.pid(), PaceOf(robot.timeline())),
      windows_(windows) {}

void Backlog::Look(Instant now) {
  subject_.Look(now);
  if (!going_on_ && subject_.asleep() && subject_.cycles().size() >= kCyclesBefore) {
    robot_.Ask(SIGSTOP);
    going_on_ = now + static_cast<std::int64_t>(windows_) * robot_.timeline().period;
    before_ = subject_.cycles().size();
  } else if (going_on_ && !went_on_ && now >= *going_on_) {
    robot_.Ask(SIGCONT);
    going_on_ = now;
    went_on_ = true;
  }
}

bool Backlog::done() const {
  return went_on_ && subject_.cycles().size() >= before_ + kCyclesAfter;
}

std::uint64_t Backlog::periods() const { return kCyclesBefore + windows_ + kCyclesAfter; }

BacklogFindings Backlog::Found() const {
  BacklogFindings found;
  found.windows = windows_;
  std::vector<double> before;
  for (std::size_t i = 0; i < before_; ++i) {
    before.push_back(InMilliseconds(subject_.cycles()[i].own_clock));
  }
  found.before_ms = SpreadOf(std::move(before)).median;
  found.after_ms = InMilliseconds(subject_.cycles()[before_].own_clock);
  // The period in which it goes on, less what a firmware's clock may be ahead.
  const Instant end = *going_on_ + robot_.timeline().period - robot_.timeline().guard;
  for (const auto& record : ReadCycles(robot_.rig().state() / "journal.sqlite")) {
    if (record.woke < *going_on_ || record.woke >= end) continue;
    found.inferences += record.inferred ? 1 : 0;
    found.dropped += record.dropped_overrun;
  }
  return found;
}

}  // namespace torpor::bench

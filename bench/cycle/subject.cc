#include "bench/cycle/subject.h"

#include "power/context_switches.h"

namespace torpor::bench {
namespace {

constexpr Milliseconds kBetweenCounts{200};

void AddTo(WatchedCycle& cycle, const WatchedCycle& more) {
  cycle.awake += more.awake;
  cycle.own_clock += more.own_clock;
  cycle.scheduled += more.scheduled;
  cycle.written_bytes += more.written_bytes;
}

}  // namespace

void Subject::Look(Instant now) {
  const auto cpu = CpuClock(pid_);
  if (!cpu.ok()) return;
  switch (watch_.See(now, *cpu)) {
    case AwakeWatch::Seen::kWoke:
      return WakeUp();
    case AwakeWatch::Seen::kFellAsleep:
      return FallAsleep(now);
    case AwakeWatch::Seen::kNothing:
      if (asleep() && at_sleep_ && now - counted_at_ >= kBetweenCounts) {
        CountSwitches(now);
      }
  }
}

void Subject::FallAsleep(Instant now) {
  const auto usage = ReadUsage(pid_);
  if (!usage.ok()) return;
  if (at_sleep_) {
    const WatchedCycle seen = {
        .awake = watch_.last_moved() - watch_.woke(),
        .own_clock = usage->own_clock - at_sleep_->own_clock,
        .scheduled = usage->scheduled - at_sleep_->scheduled,
        .written_bytes = usage->written_bytes - at_sleep_->written_bytes};
    // Nobody's duty comes before most of the period is over: it belongs to the last one.
    if (woke_before_ && watch_.woke() - *woke_before_ < pace_.period * 9 / 10) {
      ++woken_early_;
      AddTo(cycles_.back(), seen);
    } else {
      cycles_.push_back(seen);
      woke_before_ = watch_.woke();
    }
  }
  at_sleep_ = *usage;
  slept_from_ = counted_at_ = now;
  counted_ = usage->switches;
}

// What is counted between two equal readings of the CPU clock is of the sleep; the waking
// itself never is.
void Subject::CountSwitches(Instant now) {
  const auto threads = power::ReadContextSwitches(pid_);
  const auto cpu = CpuClock(pid_);
  if (!threads.ok() || !cpu.ok() || *cpu != at_sleep_->own_clock) return;
  counted_at_ = now;
  counted_ = power::SwitchesBetween({}, *threads);
}

void Subject::WakeUp() {
  if (!at_sleep_) return;
  sleeps_.push_back({.watched = counted_at_ - slept_from_,
                     .switches = counted_ - at_sleep_->switches,
                     .usage = *at_sleep_});
}

}  // namespace torpor::bench

// A process that wakes, works and sleeps again, watched from outside over many cycles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/cycle/awake_watch.h"
#include "bench/cycle/process_usage.h"
#include "bench/cycle/timeline.h"

namespace torpor::bench {

// From one falling asleep to the next.
struct WatchedCycle {
  Microseconds awake{};  // as exact as it is looked at
  Nanoseconds own_clock{}, scheduled{};
  std::uint64_t written_bytes = 0;
};

struct WatchedSleep {
  Microseconds watched{};  // the part of it between two readings
  std::uint64_t switches = 0;
  Usage usage;  // at its beginning
};

struct Pace {
  Milliseconds period;
  Milliseconds rest;  // nobody blocks for so long while awake
};
// A robot that waits for its gateway is awake, and its clock at rest.
[[nodiscard]] inline Pace PaceOf(const Timeline& timeline) {
  return {timeline.period, timeline.report + Milliseconds{400}};
}

// For numbers that people read.
[[nodiscard]] inline double InMilliseconds(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

class Subject {
 public:
  Subject(std::string name, int pid, const Pace& pace)
      : name_(std::move(name)), pid_(pid), pace_(pace), watch_(pace.rest) {}

  // Every few milliseconds.
  void Look(Instant now);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool asleep() const { return !watch_.awake(); }
  [[nodiscard]] Instant woke() const { return watch_.woke(); }
  // Whole ones: what a program does from its start to its first sleep is not among them.
  [[nodiscard]] const std::vector<WatchedCycle>& cycles() const { return cycles_; }
  [[nodiscard]] const std::vector<WatchedSleep>& sleeps() const { return sleeps_; }
  // Wakings before nine tenths of the period were over; what they cost is part of the
  // cycle before.
  [[nodiscard]] std::uint64_t woken_early() const { return woken_early_; }

 private:
  void FallAsleep(Instant now);
  void WakeUp();
  void CountSwitches(Instant now);

  std::string name_;
  int pid_;
  Pace pace_;
  AwakeWatch watch_;
  std::optional<Instant> woke_before_;
  std::optional<Usage> at_sleep_;
  Instant slept_from_{}, counted_at_{};
  std::uint64_t counted_ = 0;  // switches at counted_at_
  std::uint64_t woken_early_ = 0;
  std::vector<WatchedCycle> cycles_;
  std::vector<WatchedSleep> sleeps_;
};

}  // namespace torpor::bench

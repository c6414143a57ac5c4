// When a process is awake, seen from outside: its CPU clock moves. It blocks while it is
// awake, too (a gateway that says nothing), so that only a long rest is a sleep.
#pragma once

#include <chrono>
#include <optional>

#include "core/time.h"

namespace torpor::bench {

class AwakeWatch {
 public:
  // Whose clock has rested for so long has been asleep since it last moved.
  explicit AwakeWatch(Milliseconds rest) : rest_(rest) {}

  enum class Seen { kNothing, kWoke, kFellAsleep };
  // Called every few milliseconds: what is found is as exact as that.
  Seen See(Instant now, std::chrono::nanoseconds cpu) {
    if (!cpu_ || cpu != *cpu_) {
      const bool moved = cpu_.has_value();
      cpu_ = cpu;
      last_moved_ = now;
      if (awake_ || !moved) return Seen::kNothing;
      awake_ = true;
      woke_ = now;
      return Seen::kWoke;
    }
    if (!awake_ || now - last_moved_ < rest_) return Seen::kNothing;
    awake_ = false;
    return Seen::kFellAsleep;
  }

  [[nodiscard]] bool awake() const { return awake_; }
  // Of the last waking; after kFellAsleep both ends.
  [[nodiscard]] Instant woke() const { return woke_; }
  [[nodiscard]] Instant last_moved() const { return last_moved_; }

 private:
  Microseconds rest_;
  std::optional<std::chrono::nanoseconds> cpu_;
  bool awake_ = true;  // a program that was started just now
  Instant woke_{}, last_moved_{};
};

}  // namespace torpor::bench

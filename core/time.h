// Time since boot, in microseconds, suspend included. All logic takes an Instant; only
// the edges know which clock made it (CLOCK_BOOTTIME, the firmware's counter, or the time
// broker).
#pragma once

#include <chrono>
#include <cstdint>

namespace torpor {

struct BootClock {
  using duration = std::chrono::duration<std::int64_t, std::micro>;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  // No now(): whoever needs the time is handed it.
};

using Instant = BootClock::time_point;
using Microseconds = BootClock::duration;
using Milliseconds = std::chrono::milliseconds;

constexpr std::int64_t SinceBootMicroseconds(Instant t) {
  return t.time_since_epoch().count();
}
constexpr Instant FromMicroseconds(std::int64_t us) { return Instant(Microseconds(us)); }

}  // namespace torpor

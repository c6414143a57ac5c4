// The computer as one sees it who suspends it: its kernel's files, its clocks, and the
// sleep that is always to be had. One implementation is the real one, the other a fake
// of the tests, that no test can put to sleep for good.
#pragma once

#include <optional>

#include "agent/linux/kernel_files.h"
#include "agent/world.h"
#include "core/time.h"

namespace torpor::agent {

class Machine {
 public:
  virtual ~Machine() = default;

  [[nodiscard]] virtual KernelFiles& files() = 0;
  // CLOCK_BOOTTIME: goes on while the machine is suspended.
  [[nodiscard]] virtual Instant Now() = 0;
  // CLOCK_MONOTONIC: stands still meanwhile.
  [[nodiscard]] virtual Microseconds Running() = 0;
  // Sleeps with the machine up; what World::SleepUntil does for sleep mode idle. With a
  // deadline that has passed it only looks whether somebody asked to stop.
  virtual World::Sleep Idle(Instant deadline) = 0;
  // A timer of CLOCK_BOOTTIME_ALARM, for which the kernel wakes the machine; nothing
  // disarms it. False when there is no such timer for us (CAP_WAKE_ALARM).
  virtual bool SetAlarmTimer(std::optional<Instant> at) = 0;
};

}  // namespace torpor::agent

#include "agent/linux/real_machine.h"

#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>

#include "agent/linux/real_world.h"

namespace torpor::agent {

Instant RealMachine::Now() { return world_.Now(); }

Microseconds RealMachine::Running() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds(now.tv_sec) + Microseconds(now.tv_nsec / 1000);
}

World::Sleep RealMachine::Idle(Instant deadline) { return world_.IdleUntil(deadline); }

bool RealMachine::SetAlarmTimer(std::optional<Instant> at) {
  if (!alarm_.valid()) {
    if (!at) return true;
    alarm_ =
        Descriptor(::timerfd_create(CLOCK_BOOTTIME_ALARM, TFD_NONBLOCK | TFD_CLOEXEC));
  }
  if (!alarm_.valid()) return false;
  itimerspec when{};
  if (at) {
    const std::int64_t us = std::max<std::int64_t>(SinceBootMicroseconds(*at), 1);
    when.it_value.tv_sec = us / 1'000'000;
    when.it_value.tv_nsec = us % 1'000'000 * 1000;
  }
  return ::timerfd_settime(alarm_.get(), TFD_TIMER_ABSTIME, &when, nullptr) == 0;
}

}  // namespace torpor::agent

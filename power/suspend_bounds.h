// What the alarm of a machine that is suspended can do: robots obey it, and whoever
// signs a contract should know.
#pragma once

#include "core/time.h"

namespace torpor::power {

// A real-time clock counts whole seconds. What it says was so up to this long ago, so an
// alarm comes up to this much before it is expected, and never after.
inline constexpr Microseconds kAlarmResolution = std::chrono::seconds(1);

// The kernel does not suspend for less: Linux, kernel/time/alarmtimer.c,
// alarmtimer_suspend.
inline constexpr Microseconds kShortestSuspend = 2 * kAlarmResolution;

// That of an alarm timer, which stands a second before what is wanted and may be rounded
// by another.
inline constexpr Microseconds kShortestByTimer = kShortestSuspend + 2 * kAlarmResolution;

}  // namespace torpor::power

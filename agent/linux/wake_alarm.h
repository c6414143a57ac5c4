// What wakes a suspended machine in time: the alarm of a real-time clock, or, where none
// can be set, the kernel's alarm timer.
//
// A real-time clock counts whole seconds and may be hours or decades off: it is only
// asked how much later it is than a moment ago.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "agent/linux/machine.h"
#include "core/time.h"
#include "power/suspend_bounds.h"
#include "power/wake_sources.h"

namespace torpor::agent {

class WakeAlarm {
 public:
  // The first real-time clock whose alarm may be set and wakes the machine; the alarm
  // timer, where the kernel has one and this process CAP_WAKE_ALARM. At least one of
  // them, or else in words what is missing.
  static std::variant<WakeAlarm, std::string> Find(const KernelFiles& files);

  // Sets the alarm to wake the machine in (`in` - power::kAlarmResolution, `in`], `in`
  // rounded down to whole seconds, at least shortest(). Whether the clock may wake the
  // machine is asked each time. In words what was wrong, if it does not stand as it was
  // set; nothing is set then.
  std::optional<std::string> Set(Machine& machine, Microseconds in);
  void Clear(Machine& machine);
  // Whether its clock says that an alarm that was set is still to come. False where no
  // clock can say so.
  [[nodiscard]] bool IsToCome(const KernelFiles& files) const;

  // Seconds of the real-time clock, of no epoch that means anything; nothing when it
  // cannot be read.
  [[nodiscard]] std::optional<std::int64_t> Seconds(const KernelFiles& files) const;

  // Whether a wake-up source is this alarm's.
  [[nodiscard]] bool Owns(const power::WakeSource& source,
                          const KernelFiles& files) const;

  [[nodiscard]] Microseconds shortest() const;  // suspend that it can end

  [[nodiscard]] const std::string& clock() const { return clock_; }  // "rtc0"
  [[nodiscard]] bool uses_clock() const { return uses_clock_; }
  [[nodiscard]] bool uses_timer() const { return uses_timer_; }

 private:
  std::optional<std::string> SetClock(Machine& machine, std::chrono::seconds whole);

  std::string clock_, timer_clock_;
  bool uses_clock_ = false, uses_timer_ = false;
  std::optional<std::int64_t> due_;  // of the clock; none is set
};

}  // namespace torpor::agent

// Ends this process when it stays awake far beyond its contract: a wedged process must
// not keep the robot hot. Armed only while awake, so that it wakes nobody; its clock
// stands still while the machine is suspended, whoever suspends it.
#pragma once

#include <time.h>

#include <string>

#include "core/status.h"
#include "core/time.h"

namespace torpor::agent {

class Watchdog {
 public:
  Watchdog() = default;
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  // At most one in a process at a time. When it fires: an empty file at `mark`, one line
  // of JSON on standard error, exit code 70, no destructors.
  //   kOs  no timer could be made
  Status Install(const std::string& mark);
  void Arm(Microseconds limit);
  void Disarm() { Arm(Microseconds{0}); }

 private:
  timer_t timer_{};
  bool installed_ = false;
};

}  // namespace torpor::agent

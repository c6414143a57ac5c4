// Tells systemd, where it started us, that torpord works: one datagram at an event,
// nothing in between, so that no watchdog wakes anybody in a sleep. How long silence may
// last comes from the contract, as everything that lasts does: the unit only switches the
// watchdog on. Source: sd_notify(3), systemd.service(5) WatchdogSec=.
#pragma once

#include <string>
#include <string_view>

#include "core/time.h"

namespace torpor::agent {

class ServiceManager {
 public:
  // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; nobody listens where they are not
  // set, or meant for another process.
  static ServiceManager FromEnvironment();
  ServiceManager() = default;
  ServiceManager(std::string socket, bool watched)
      : socket_(std::move(socket)), watched_(watched) {}

  [[nodiscard]] bool listens() const { return !socket_.empty(); }
  [[nodiscard]] bool watches() const { return listens() && watched_; }

  void Ready() const { Say("READY=1"); }
  // A sign of life is to come within so long, from now on. Also is one.
  void Expect(Microseconds silence) const;
  // `status` is a line for systemctl status.
  void Alive(std::string_view status) const;
  void Stopping() const { Say("STOPPING=1"); }

 private:
  // Never blocks; what cannot be said is not said.
  void Say(std::string_view text) const;

  std::string socket_;
  bool watched_ = false;
};

}  // namespace torpor::agent

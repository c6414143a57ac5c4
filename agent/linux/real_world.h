// The machine itself: one thread, one epoll, one timer. While it sleeps only the timer
// and the request to stop are watched, so nothing else can wake it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/accelerator/descriptor.h"
#include "agent/linux/real_machine.h"
#include "agent/linux/serial_link.h"
#include "agent/linux/suspend.h"
#include "agent/linux/watchdog.h"
#include "agent/world.h"
#include "contract/terms.h"
#include "core/result.h"
#include "power/context_switches.h"

namespace torpor::agent {

class RealWorld final : public World {
 public:
  // `link_path` is a serial device, a pty or a Unix socket; `watchdog_mark` is written
  // when the watchdog fires. Blocks SIGINT and SIGTERM for the process: they become
  // Woke::kStop.
  //   kOs  no timer, signal or epoll descriptor
  static Result<std::unique_ptr<RealWorld>> Open(std::string link_path,
                                                 const std::string& watchdog_mark);

  [[nodiscard]] Instant Now() override;
  [[nodiscard]] std::int64_t WallMicroseconds() override;
  [[nodiscard]] bool WallTrusted() override;
  Woke WaitUntil(Instant deadline, Listen listen) override;
  Sleep SleepUntil(Instant deadline) override;
  // With the machine up, whatever the sleep mode.
  Sleep IdleUntil(Instant deadline);
  [[nodiscard]] std::optional<std::uint32_t> WakeupsAwake() override;
  // Under the baud rate that the contract names; set before the link is opened.
  void SetBaud(std::uint32_t baud) { link_.SetBaud(baud); }
  // How it sleeps from now on: by the sleep mode that a contract names, with its wake
  // time for a resume. `root` is where sys/ and proc/ are, / but in tests. Idle when the
  // machine cannot be suspended: RefuseSleepMode says so before.
  void SetSleepMode(const contract::Terms& terms, const std::filesystem::path& root);
  bool OpenLink() override { return link_.Open(); }
  void CloseLink() override { link_.Close(); }
  [[nodiscard]] bool link_open() const override { return link_.open(); }
  std::size_t ReadLink(std::span<std::byte> into) override { return link_.Read(into); }
  std::size_t WriteLink(std::span<const std::byte> bytes) override {
    return link_.Write(bytes);
  }
  void ArmWatchdog(Microseconds limit) override { watchdog_.Arm(limit); }
  void DisarmWatchdog() override { watchdog_.Disarm(); }

 private:
  explicit RealWorld(std::string link_path) : link_(std::move(link_path)) {}
  void Arm(Instant deadline);
  void WatchLink(bool watch);

  Descriptor epoll_, timer_, signals_;
  std::optional<Instant> armed_;  // when the timer fires; none: it has, or never was set
  std::uint64_t watched_ = 0;     // the opening of the link that epoll tells of
  SerialLink link_;
  Watchdog watchdog_;
  std::vector<power::ThreadSwitches> at_waking_;
  std::optional<RealMachine> machine_;
  std::optional<Suspend> suspend_;  // none: it sleeps idle
};

}  // namespace torpor::agent

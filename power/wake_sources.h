// Who woke the machine: the kernel counts what each wake-up source told it. Reading the
// counts wakes nobody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "power/sys_tree.h"

namespace torpor::power {

struct WakeSource {
  std::string id;             // of the kernel's list, "wakeup12": two may have one name
  std::string name;           // of the device, "LNXPWRBN:00" or "usb1"
  std::uint64_t wakeups = 0;  // times it may have woken the machine or kept it awake
  std::uint64_t events = 0;   // times it told of something
  std::uint64_t actives = 0;  // times it began to keep the machine awake
  bool active = false;        // it does so now

  friend bool operator==(const WakeSource&, const WakeSource&) = default;
};

// All of them, by id. What cannot be read counts as 0; none on a kernel older than 5.4,
// which has no such folder.
// Source: Linux, Documentation/ABI/testing/sysfs-class-wakeup.
std::vector<WakeSource> ReadWakeSources(const SysTree& tree);

// Those that told of something between two readings, as they are in `after`. Only those
// with the strongest evidence: that they woke the machine, else that they told of an
// event, else that they were active. One that is new counts whole.
std::vector<WakeSource> WokenBetween(const std::vector<WakeSource>& before,
                                     const std::vector<WakeSource>& after);

// What the interrupt that ended the last sleep is called by its driver, "xhci-hcd:usb1",
// or "irq 57" where it has no name; nothing when the kernel saw none.
// Source: Linux, Documentation/ABI/testing/sysfs-power (pm_wakeup_irq) and
// sysfs-kernel-irq (actions).
std::optional<std::string> WakingInterrupt(const SysTree& tree);

}  // namespace torpor::power

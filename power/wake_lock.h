// Keeps the machine from being suspended by others (autosleep, a desktop's idle timer) in
// the middle of a cycle. The kernel ends the lock at its deadline by itself, even if
// torpord has died; what else holds it is a lease.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "core/result.h"
#include "power/lease.h"

namespace torpor::power {

class [[nodiscard]] WakeLock {
 public:
  // `power` is the folder of wake_lock and wake_unlock. `book` must outlive the lock.
  //   kFileMissing  this kernel has no wake locks (CONFIG_PM_WAKELOCKS): nobody suspends
  //                 behind torpord's back, or nobody can be kept from it
  //   kIo           the kernel takes no lock from this process (CAP_BLOCK_SUSPEND)
  // Source: Documentation/ABI/testing/sysfs-power, /sys/power/wake_lock.
  static Result<WakeLock> Take(LeaseBook& book, Instant now, Instant deadline,
                               const std::filesystem::path& power = "/sys/power");

  WakeLock(WakeLock&&) noexcept = default;
  WakeLock& operator=(WakeLock&&) = delete;
  ~WakeLock();

  [[nodiscard]] bool open() const { return lease_.open(); }

 private:
  WakeLock(Lease lease, std::filesystem::path unlock)
      : lease_(std::move(lease)), unlock_(std::move(unlock)) {}

  Lease lease_;
  std::filesystem::path unlock_;
};

}  // namespace torpor::power

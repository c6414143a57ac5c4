// The full clock for this thread while it computes, so that it is asleep again sooner: a
// lease like any other, because a clock that stays up draws power all night.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "core/result.h"
#include "power/lease.h"

namespace torpor::power {

// Promises this thread so much of the full clock, of 1024, whenever it runs; false when
// it may not be promised, and nothing has changed.
using ClampUtilisation = std::function<bool(std::uint32_t)>;
bool ClampThisThread(std::uint32_t utilisation);

class [[nodiscard]] CpuBoost {
 public:
  // Asks the scheduler for the full clock while this thread runs, until the boost ends:
  // by itself, given back, or revoked at `deadline`. `book` must outlive it.
  //   kOs  this kernel has no utilisation clamping (CONFIG_UCLAMP_TASK), or another
  //   process
  //        may not ask for it; nothing has changed
  // Source: sched_setattr(2), sched(7): SCHED_FLAG_UTIL_CLAMP_MIN.
  static Result<CpuBoost> Take(LeaseBook& book, Instant now, Instant deadline,
                               ClampUtilisation clamp = ClampThisThread);

  CpuBoost(CpuBoost&&) noexcept = default;
  CpuBoost& operator=(CpuBoost&&) = delete;
  ~CpuBoost();

  [[nodiscard]] bool open() const { return lease_.open(); }

 private:
  CpuBoost(Lease lease, ClampUtilisation clamp)
      : lease_(std::move(lease)), clamp_(std::move(clamp)) {}

  Lease lease_;
  ClampUtilisation clamp_;
};

}  // namespace torpor::power

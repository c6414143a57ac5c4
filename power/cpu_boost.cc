#include "power/cpu_boost.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace torpor::power {
namespace {

// The kernel's struct sched_attr of version 1 (linux/sched/types.h), which the C library
// does not declare and whose header clashes with its own.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
  std::uint32_t util_min = 0, util_max = 0;
};
static_assert(sizeof(SchedulingAttributes) == 56);

constexpr std::uint64_t kKeepPolicy = 0x08, kKeepParameters = 0x10;
constexpr std::uint64_t kClampMinimum = 0x20;
constexpr std::uint32_t kFullClock = 1024;

}  // namespace

bool ClampThisThread(std::uint32_t utilisation) {
  SchedulingAttributes wanted;
  wanted.flags = kKeepPolicy | kKeepParameters | kClampMinimum;
  wanted.util_min = utilisation;
  return ::syscall(SYS_sched_setattr, 0, &wanted, 0U) == 0;
}

Result<CpuBoost> CpuBoost::Take(LeaseBook& book, Instant now, Instant deadline,
                                ClampUtilisation clamp) {
  if (!clamp(kFullClock)) return Status::kOs;
  Lease lease =
      book.Take(Consumer::kCpuBoost, now, deadline, [clamp] { (void)clamp(0); });
  return CpuBoost(std::move(lease), std::move(clamp));
}

CpuBoost::~CpuBoost() {
  if (lease_.open()) (void)clamp_(0);
}

}  // namespace torpor::power

#include "firmware/port/mps2_an386/timer.h"

#include <algorithm>

#include "firmware/port/mps2_an386/registers.h"

namespace torpor::firmware::mps2 {
namespace {

constexpr std::uint32_t kTicksPerMicrosecond = kClockHz / 1'000'000;

// AN386, FPGA system control and I/O: COUNTER counts the board's clock and wraps after
// 171.8 s.
std::uint32_t Counter() { return Register(0x4002'8018); }

// CMSDK, APB timer: counts down from VALUE, interrupts at 0, then goes on from RELOAD;
// with RELOAD 0 it stays there, which makes it fire once.
constexpr std::uint32_t kTimer = 0x4000'0000;
constexpr std::uint32_t kTimerControl = kTimer + 0x0;
constexpr std::uint32_t kTimerValue = kTimer + 0x4;
constexpr std::uint32_t kTimerReload = kTimer + 0x8;
constexpr std::uint32_t kTimerInterruptClear = kTimer + 0xC;
constexpr std::uint32_t kTimerEnabled = 1U << 0U;
constexpr std::uint32_t kTimerInterrupts = 1U << 3U;

// CMSDK, APB watchdog: counts down from LOAD, interrupts (AN386: NMI) at 0.
constexpr std::uint32_t kWatchdog = 0x4000'8000;
constexpr std::uint32_t kWatchdogLoad = kWatchdog + 0x0;
constexpr std::uint32_t kWatchdogControl = kWatchdog + 0x8;
constexpr std::uint32_t kWatchdogInterruptClear = kWatchdog + 0xC;
constexpr std::uint32_t kWatchdogInterrupts = 1U << 0U;

// A sleep is cut into pieces no longer than this: below the wrap of the counter, of the
// timer and of the watchdog.
constexpr std::uint64_t kLongestNap = 100ULL * kClockHz;
constexpr std::uint32_t kWatchdogTicks = 165U * kClockHz;

std::uint64_t ticks = 0;  // of the main loop alone
volatile bool woken = false;
bool watched = false;

void FireIn(std::uint64_t ticks_from_now) {
  Register(kTimerControl) = 0;
  Register(kTimerInterruptClear) = 1;
  Register(kTimerValue) = static_cast<std::uint32_t>(ticks_from_now);
  Register(kTimerControl) = kTimerEnabled | kTimerInterrupts;
}

}  // namespace

void StartTime() {
  Register(kTimerControl) = 0;
  Register(kTimerReload) = 0;
  EnableInterrupt(kTimerIrq);
}

std::uint64_t Ticks() {
  ticks += static_cast<std::uint32_t>(Counter() - static_cast<std::uint32_t>(ticks));
  return ticks;
}

Instant TimeNow() {
  return FromMicroseconds(static_cast<std::int64_t>(Ticks() / kTicksPerMicrosecond));
}

void Wake() { woken = true; }

// CMSDK, APB timer, INTCLEAR.
void OnTimer() { Register(kTimerInterruptClear) = 1; }

void SleepUntilWoken(Instant deadline) {
  const bool forever = deadline == Instant::max();
  const auto us = std::max<std::int64_t>(SinceBootMicroseconds(deadline), 0);
  const std::uint64_t due =
      forever ? ~0ULL : static_cast<std::uint64_t>(us) * kTicksPerMicrosecond;
  for (;;) {
    KickWatchdog();
    const HandlersWait wait;
    const std::uint64_t now = Ticks();
    if (woken || now >= due) break;
    FireIn(std::min(due - now, kLongestNap));
    asm volatile("dsb\n wfi" ::: "memory");
  }
  Register(kTimerControl) = 0;
  woken = false;
}

// CMSDK, APB watchdog: unlocked after reset.
void StartWatchdog() {
  watched = true;
  Register(kWatchdogLoad) = kWatchdogTicks;
  Register(kWatchdogControl) = kWatchdogInterrupts;
}

// CMSDK, APB watchdog, WDOGINTCLR: counts from LOAD again.
void KickWatchdog() {
  if (watched) Register(kWatchdogInterruptClear) = 1;
}

}  // namespace torpor::firmware::mps2

// The board's time: a counter that runs freely, a timer that fires once, and sleep until
// either it or another interrupt. There is no tick.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace torpor::firmware::mps2 {

void StartTime();

// Since reset; not for interrupt handlers. Right as long as it is asked once in 171 s,
// which SleepUntilWoken() does.
[[nodiscard]] std::uint64_t Ticks();
[[nodiscard]] Instant TimeNow();

// Asleep (WFI) until `deadline`, or until Wake(); at once when Wake() came since it was
// left last.
void SleepUntilWoken(Instant deadline);

// For interrupt handlers: the main loop has something to do.
void Wake();

void OnTimer();  // interrupt

void StartWatchdog();
void KickWatchdog();

}  // namespace torpor::firmware::mps2

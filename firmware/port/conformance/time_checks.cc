#include <algorithm>
#include <array>

#include "firmware/core/port.h"
#include "firmware/port/conformance/checks.h"

namespace torpor::firmware::conformance {
namespace {

using port::Wait;
using std::chrono_literals::operator""ms;  // NOLINT(misc-unused-using-decls)

// A machine that runs other things may be late at any time, but not every time.
constexpr int kTries = 10;
constexpr Microseconds kPrompt = 5ms;

// As the main loop does: who is woken looks at the link first.
void Sleep(Instant deadline, Wait wait) {
  std::array<std::byte, 64> bytes{};
  for (int i = 0; i < 1000 && port::LinkRead(bytes) > 0; ++i) {
  }
  port::SleepUntil(deadline, wait);
}

void SleepOver(Instant deadline, Wait wait, int& wakes) {
  do {
    Sleep(deadline, wait);
    ++wakes;
  } while (port::Now() < deadline && wakes < 1000);
}

// For longer than a counter of 24 bits at 25 MHz goes, or one of 16 bits at 1 MHz.
const char* NeverGoesBack() {
  Instant last = port::Now();
  const Instant end = last + 1000ms;
  for (int same = 0; last < end;) {
    const Instant now = port::Now();
    if (now < last) return "it did";
    same = now == last ? same + 1 : 0;
    if (same == 10'000'000) return "it stands still";
    last = now;
  }
  return nullptr;
}

const char* TellsMicroseconds() {
  // Of two readings that differ, some lie closer together than a tick of any timer would.
  Microseconds least = 1000ms;
  for (int i = 0; i < 1000; ++i) {
    const Instant before = port::Now();
    Instant after = before;
    while (after == before) after = port::Now();
    least = std::min(least, after - before);
  }
  return least <= Microseconds(50) ? nullptr : "its steps are longer than 50 us";
}

// Twice or so it may have returned early for no reason.
const char* ReturnsAtOnceWhenItIsLate() {
  int prompt = 0;
  for (int i = 0; i < kTries; ++i) {
    const Instant before = port::Now();
    Sleep(before - 1ms, Wait::kIdle);
    if (port::Now() - before < kPrompt) ++prompt;
  }
  return prompt > 3 ? nullptr : "it slept although the deadline had passed";
}

const char* WakesInTime(Wait wait) {
  Microseconds best = 1000ms;
  for (int i = 0; i < kTries; ++i) {
    int wakes = 0;
    const Instant deadline = port::Now() + 20ms;
    SleepOver(deadline, wait, wakes);
    best = std::min(best, port::Now() - deadline);
  }
  return best < kPrompt ? nullptr : "it was never less than 5 ms late";
}
const char* WakesWhenIdle() { return WakesInTime(Wait::kIdle); }
const char* WakesWhenAwaiting() { return WakesInTime(Wait::kLinkReply); }

// Now and then it may return for no reason; a port that polls returns all the time.
const char* Sleeps() {
  int wakes = 0;
  for (int i = 0; i < kTries; ++i) {
    SleepOver(port::Now() + 50ms, Wait::kIdle, wakes);
  }
  return wakes <= 4 * kTries ? nullptr : "it keeps returning early: this is no sleep";
}

// Whoever watches from outside sees now how much is computed meanwhile.
const char* IsIdle() {
  port::Console("idle: asleep for 2 s");
  int wakes = 0;
  SleepOver(port::Now() + 2000ms, Wait::kIdle, wakes);
  return wakes <= 8 ? nullptr : "it keeps returning early: this is no sleep";
}

constexpr std::array kChecks = {
    Check{"Now.NeverGoesBack", NeverGoesBack},
    Check{"Now.TellsMicrosecondsApart", TellsMicroseconds},
    Check{"SleepUntil.ReturnsAtOnceWhenTheDeadlineHasPassed", ReturnsAtOnceWhenItIsLate},
    Check{"SleepUntil.WakesAtItsDeadlineWhenIdle", WakesWhenIdle},
    Check{"SleepUntil.WakesAtItsDeadlineWhenAReplyIsAwaited", WakesWhenAwaiting},
    Check{"SleepUntil.SleepsUntilThen", Sleeps},
    Check{"SleepUntil.IsIdle", IsIdle},
};

}  // namespace

std::span<const Check> TimeChecks() { return kChecks; }

}  // namespace torpor::firmware::conformance

// With the two ends of the link joined.
#include <algorithm>
#include <array>

#include "firmware/core/port.h"
#include "firmware/port/conformance/checks.h"

namespace torpor::firmware::conformance {
namespace {

using port::Wait;
using std::chrono_literals::operator""ms;  // NOLINT(misc-unused-using-decls)

constexpr Microseconds kPatience = 5000ms;  // without a byte moving

std::byte Pattern(std::size_t i) { return static_cast<std::byte>(i * 7 + i / 251); }

// A receiver that gives and gives has nothing: it may not keep the suite.
bool Drain() {
  std::array<std::byte, 64> bytes{};
  int reads = 0;
  while (reads < 1000 && port::LinkRead(bytes) > 0) ++reads;
  return reads > 0;
}

// What an earlier check has left on its way.
void Quiet() {
  const Instant begin = port::Now();
  Instant heard = begin;
  for (Instant now = begin; now < heard + 100ms && now < begin + kPatience;
       now = port::Now()) {
    if (Drain()) heard = now;
    port::SleepUntil(heard + 100ms, Wait::kIdle);
  }
}

// Offers what is left of `size` bytes; how many have been taken in all.
std::size_t Send(std::size_t sent, std::size_t size) {
  for (;;) {
    std::array<std::byte, 700> chunk{};
    const std::size_t offered = std::min(chunk.size(), size - sent);
    for (std::size_t i = 0; i < offered; ++i) chunk[i] = Pattern(sent + i);
    if (offered == 0) return sent;
    const std::size_t taken = port::LinkWrite(std::span(chunk).first(offered));
    sent += taken;
    if (taken < offered) return sent;
  }
}

// Reads what is there; false when it is not what comes next.
bool Receive(std::size_t& got) {
  std::array<std::byte, 96> bytes{};
  while (const std::size_t size = port::LinkRead(bytes)) {
    if (size > bytes.size()) return false;
    for (const std::byte byte : std::span(bytes).first(size)) {
      if (byte != Pattern(got++)) return false;
    }
  }
  return true;
}

const char* Exchange(std::size_t size) {
  Quiet();
  std::size_t sent = 0, got = 0;
  Instant moved = port::Now();
  while (got < size) {
    const std::size_t before = sent + got;
    sent = Send(sent, size);
    if (!Receive(got)) return "other bytes came back than were sent";
    if (sent + got != before) moved = port::Now();
    if (port::Now() > moved + kPatience) {
      return sent < size ? "it takes no more bytes" : "bytes are missing";
    }
    if (got < size) port::SleepUntil(moved + kPatience, Wait::kLinkReply);
  }
  port::SleepUntil(port::Now() + 20ms, Wait::kIdle);
  return Drain() ? "more bytes came back than were sent" : nullptr;
}

const char* Nothing() {
  Quiet();
  std::array<std::byte, 8> bytes{};
  return port::LinkRead(bytes) == 0 ? nullptr : "it has bytes that nobody sent";
}

const char* InOrder() { return Exchange(2000); }

const char* RoomAgain() { return Exchange(16'000); }

// Nothing but room can wake it in the second half: what came back of the first has filled
// the receiver, and stays there.
const char* GoesOnUnread() {
  constexpr std::size_t kMuch = 8000;
  Quiet();
  for (int half = 0; half < 2; ++half) {
    for (std::size_t sent = 0; sent < kMuch;) {
      sent = Send(sent, kMuch);
      if (sent == kMuch) break;
      const Instant too_late = port::Now() + kPatience;
      port::SleepUntil(too_late, Wait::kLinkReply);
      if (port::Now() >= too_late) return "it slept on";
    }
    const Instant later = port::Now() + 600ms;
    while (half == 0 && port::Now() < later) port::SleepUntil(later, Wait::kIdle);
  }
  Quiet();
  return nullptr;
}

const char* WakesForBytes() {
  Quiet();
  const Instant before = port::Now();
  if (Send(0, 8) != 8) return "it does not take 8 bytes";
  std::size_t got = 0;
  while (got < 8 && port::Now() < before + kPatience) {
    port::SleepUntil(before + kPatience, Wait::kIdle);
    if (!Receive(got)) return "other bytes came back than were sent";
  }
  return port::Now() < before + kPatience / 2 ? nullptr : "it slept on";
}

const char* KeepsTwoPackets() {
  constexpr std::size_t kTwoPackets = 1100;
  Quiet();
  std::size_t sent = 0;
  const Instant begin = port::Now();
  while (sent < kTwoPackets && port::Now() < begin + kPatience) {
    sent = Send(sent, kTwoPackets);
  }
  // Long enough for all of them to be back, at 115200 baud and through an emulator.
  const Instant later = port::Now() + 600ms;
  while (port::Now() < later) port::SleepUntil(later, Wait::kIdle);
  std::size_t got = 0;
  if (!Receive(got)) return "other bytes came back than were sent";
  return got == kTwoPackets ? nullptr : "it does not keep 1100 bytes between two calls";
}

constexpr std::array kChecks = {
    Check{"LinkRead.HasNothingWhenNothingCame", Nothing},
    Check{"LinkRead.GivesBytesInTheirOrder", InOrder},
    Check{"LinkRead.KeepsTwoPacketsBetweenTwoCalls", KeepsTwoPackets},
    Check{"LinkWrite.HasRoomAgainWhenSleepUntilReturns", RoomAgain},
    Check{"SleepUntil.WakesForRoomOnTheLink", GoesOnUnread},
    Check{"SleepUntil.WakesForBytesOnTheLink", WakesForBytes},
};

}  // namespace

std::span<const Check> LinkChecks() { return kChecks; }

}  // namespace torpor::firmware::conformance

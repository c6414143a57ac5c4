#include "firmware/port/mps2_an386/board.h"

#include <array>
#include <charconv>

#include "contract/digest.h"
#include "firmware/core/port.h"
#include "firmware/port/mps2_an386/flash.h"
#include "firmware/port/mps2_an386/stack.h"
#include "firmware/port/mps2_an386/timer.h"
#include "firmware/port/mps2_an386/uart.h"

extern "C" const std::byte image_begin, image_end;  // from the linker script

namespace torpor::firmware::mps2 {
namespace {

const Wishes* wishes = nullptr;
bool stands_still = false;  // time, between two sleeps of a compressed run
Instant told{};             // the time then
Digest program;

void SayStack() {
  static std::size_t said = 0;
  const StackUse use = UsedStack();
  if (use.bytes <= said) return;
  said = use.bytes;
  std::array<char, 48> room{};
  constexpr std::string_view kWords = "stack ";
  char* const number = std::ranges::copy(kWords, room.data()).out;
  char* const end = std::to_chars(number, room.end(), use.bytes).ptr;
  port::Console({room.data(), end});
}

}  // namespace

const Wishes& StartBoard() {
  StartTime();
  StartUarts();
  wishes = &ReadWishes();
  stands_still = wishes->compressed && !wishes->counted;
  CutPowerAfter(wishes->cut_after);
  // QEMU's time runs at half its speed beside a timer that reloads itself, and only a
  // compressed run would notice.
  if (!wishes->compressed) StartWatchdog();
  program = contract::DigestOf({&image_begin, &image_end});
  return *wishes;
}

}  // namespace torpor::firmware::mps2

namespace torpor::port {

using namespace firmware::mps2;

Instant Now() noexcept { return stands_still ? told : TimeNow(); }

// One depth of sleep: WFI keeps everything that either kind of wait needs.
void SleepUntil(Instant deadline, Wait) noexcept {
  if (wishes->stack) SayStack();
  if (wishes->compressed) deadline = told = AskSleep(Now(), deadline);
  if (!stands_still) SleepUntilWoken(deadline);
}

std::size_t LinkRead(std::span<std::byte> out) noexcept {
  return wishes->compressed ? TakeReceived(out) : TakeFromLink(out);
}
std::size_t LinkWrite(std::span<const std::byte> bytes) noexcept {
  if (!wishes->compressed) return GiveToLink(bytes);
  AskSend(Now(), bytes);
  return bytes.size();
}

link::Refusal ImuPrepare(const contract::Terms& terms) noexcept {
  SetLinkBaud(terms.link_baud);
  return AskPrepare(terms);
}
Status ImuStart(const contract::Sensor& sensor, Milliseconds window) noexcept {
  return AskStart(sensor, window, Now());
}
Result<std::size_t> ImuRead(const contract::Sensor& sensor,
                            std::span<std::int16_t> out) noexcept {
  return AskRead(sensor, Now(), out);
}
void ImuStop() noexcept { AskStop(); }
std::uint32_t ShaftSpeedMillirpm() noexcept { return AskSpeed(); }

FlashGeometry Flash() noexcept { return kGeometry; }
bool FlashRead(std::uint32_t address, std::span<std::byte> out) noexcept {
  return ReadFlash(address, out);
}
bool FlashErase(std::uint32_t sector) noexcept { return EraseFlash(sector); }
bool FlashProgram(std::uint32_t address, std::span<const std::byte> bytes) noexcept {
  return ProgramFlash(address, bytes);
}

Digest ProgramDigest() noexcept { return program; }

void Console(std::string_view line) noexcept {
  WriteConsole(line);
  WriteConsole("\n");
}

void WatchdogKick() noexcept { KickWatchdog(); }

}  // namespace torpor::port

// An image that goes wrong in the way its command line says: a crash must be an exit code
// of QEMU's, never a hang.
#include <array>

#include "firmware/port/mps2_an386/board.h"
#include "firmware/port/mps2_an386/channel.h"
#include "firmware/port/mps2_an386/registers.h"
#include "firmware/port/mps2_an386/semihosting.h"

namespace torpor::firmware::mps2 {
namespace {

// Deeper at each call, by what no compiler can leave out.
std::uint32_t Recurse(std::uint32_t depth) {  // NOLINT(misc-no-recursion)
  std::array<volatile std::uint32_t, 256> frame{};
  frame[depth % 256] = depth;
  return depth == 0 ? 0 : Recurse(depth - 1) + frame[depth % 256];
}

// ARM B3.4, NVIC: ISPR0 makes an interrupt pending. Nobody has a handler for timer 1's.
void Interrupt() {
  EnableInterrupt(9);
  Register(0xE000E200) = 1U << 9U;
  asm volatile("dsb\n isb");
}

// CMSDK, APB watchdog, WDOGLOAD: soon.
void StopTurning() {
  Register(0x4000'8000) = 1000;
  for (;;) {
  }
}

}  // namespace

int RunImage() {
  StartBoard();
  std::array<char, channel::kMaxCommandLine> room{};
  const std::string_view line = CommandLine(room);
  const auto told = [&](std::string_view word) { return line.starts_with(word); };
  if (told("undefined")) asm volatile("udf #0");
  if (told("nowhere")) Register(0x8000'0000) = 1;
  if (told("stack")) return static_cast<int>(Recurse(1000));
  if (told("interrupt")) Interrupt();
  if (told("watchdog")) StopTurning();
  return 0;
}

}  // namespace torpor::firmware::mps2

// QEMU's mps2-an386, a Cortex-M4 with its FPU, speaking by semihosting: no C library but
// the mathematics, no heap.
// Source: Arm, Semihosting for AArch32 and AArch64; ARMv7-M Architecture Reference
// Manual, B3.2.20 (CPACR) and B3.3 (SysTick).
#include "signal/device/test_board.h"

int main();

namespace torpor::signal {
namespace {

constexpr std::uint32_t kWrite0 = 0x04;
constexpr std::uint32_t kExit = 0x18;
constexpr std::uint32_t kGoodExit = 0x20026;
constexpr std::uint32_t kBadExit = 0x20024;

void Call(std::uint32_t operation, std::uint32_t argument) {
  register std::uint32_t r0 asm("r0") = operation;
  register std::uint32_t r1 asm("r1") = argument;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

volatile std::uint32_t& Register(std::uint32_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

std::uint32_t wraps = 0;

void SysTick() { ++wraps; }
void Fault() { Call(kExit, kBadExit); }

extern "C" [[noreturn]] void reset() {
  Register(0xE000ED88) = Register(0xE000ED88) | (0xFU << 20U);  // CPACR: the FPU
  asm volatile("dsb\n isb");
  Register(0xE000E014) = 0xFFFFFF;  // SysTick counts down from there,
  Register(0xE000E018) = 0;
  Register(0xE000E010) = 7;  // on the processor's clock, with an interrupt at 0
  Call(kExit, main() == 0 ? kGoodExit : kBadExit);
  for (;;) {
  }
}

extern "C" const std::uint32_t stack_top;  // from the linker script

using Handler = void (*)();
[[gnu::section(".vectors"), gnu::used]] const Handler kVectors[] = {
    reinterpret_cast<Handler>(reinterpret_cast<std::uintptr_t>(&stack_top)),
    &reset,
    &Fault,
    &Fault,
    &Fault,
    &Fault,
    &Fault,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    &Fault,
    &Fault,
    nullptr,
    &Fault,
    &SysTick};

}  // namespace

void Write(const char* text) {
  Call(kWrite0, static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(text)));
}

// QEMU's -icount lets each instruction take one nanosecond, and the clock is 25 MHz.
std::uint32_t Instructions() {
  return 40 * ((wraps << 24U) + (0xFFFFFF - Register(0xE000E018)));
}

}  // namespace torpor::signal

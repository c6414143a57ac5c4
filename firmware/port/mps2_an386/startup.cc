// From reset to RunImage(), and where interrupts and faults go. No vendor's file and none
// of the C library's: what runs before it is all on this page.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "firmware/port/mps2_an386/board.h"
#include "firmware/port/mps2_an386/registers.h"
#include "firmware/port/mps2_an386/semihosting.h"
#include "firmware/port/mps2_an386/stack.h"
#include "firmware/port/mps2_an386/timer.h"
#include "firmware/port/mps2_an386/uart.h"

// From the linker script; only their addresses mean something.
extern "C" {
extern const std::uint32_t data_image;
extern std::uint32_t data_begin, data_end, bss_begin, bss_end;
extern std::uint32_t stack_bottom, stack_top;
using Function = void (*)();
extern const Function init_begin, init_end;
}

namespace torpor::firmware::mps2 {

extern "C" [[gnu::used]] void EndByFault() { End(Exit::kFault); }

namespace {

constexpr std::uint32_t kUnused = 0xA5A5'A5A5;  // what stack nobody has used holds

// The stack may be what is broken: a new one.
[[gnu::naked]] void Fault() { asm volatile("ldr sp, =stack_top\n b EndByFault"); }
void Unexpected() { End(Exit::kUnexpectedInterrupt); }
void Watchdog() { End(Exit::kWatchdog); }

// ARM B3.2.20, CPACR: full access to coprocessors 10 and 11, the FPU; before the first
// instruction that might use it.
void EnableFloat() {
  Register(0xE000ED88) = Register(0xE000ED88) | (0xFU << 20U);
  asm volatile("dsb\n isb");
}

// ARM B3.5, MPU: the megabyte below the stack is forbidden, so that a stack that is too
// small is a fault at once. RBAR with its region number, RASR: no access, size 2^(19+1),
// enabled; CTRL: on, and everything else as if it were off.
void GuardStack() {
  constexpr std::uint32_t kGuardBytes = 1U << 20U;
  const auto bottom = reinterpret_cast<std::uintptr_t>(&stack_bottom);  // NOLINT
  Register(0xE000ED9C) = (static_cast<std::uint32_t>(bottom) - kGuardBytes) | (1U << 4U);
  Register(0xE000EDA0) = (19U << 1U) | 1U;
  Register(0xE000ED94) = (1U << 2U) | 1U;
  asm volatile("dsb\n isb");
}

void PaintStack() {
  std::uint32_t* here = nullptr;
  asm volatile("mov %0, sp" : "=r"(here));
  std::fill(&stack_bottom, here - 8, kUnused);
}

}  // namespace

// ARM B1.5.5, reset: the stack pointer has come from the first word of the vectors.
extern "C" [[noreturn]] void Reset() {
  EnableFloat();
  GuardStack();
  std::copy(&data_image, &data_image + (&data_end - &data_begin), &data_begin);
  std::fill(&bss_begin, &bss_end, 0U);
  PaintStack();
  for (const Function* f = &init_begin; f != &init_end; ++f) (*f)();
  End(RunImage());
}

StackUse UsedStack() {
  const std::uint32_t* const deepest =
      std::find_if(&stack_bottom, &stack_top, [](auto word) { return word != kUnused; });
  return {static_cast<std::size_t>(&stack_top - deepest) * sizeof(std::uint32_t),
          static_cast<std::size_t>(&stack_top - &stack_bottom) * sizeof(std::uint32_t)};
}

// ARM B1.5.2 and B1.5.3, exception numbers and the vector table; AN386, interrupt map.
struct Vectors {
  std::uint32_t* stack;
  void (*reset)();
  void (*nmi)();       // AN386: the watchdog's first expiry
  Function faults[4];  // hard, memory management, bus, usage: all end the image
  Function system[9];
  Function interrupts[32];
};
[[gnu::section(".vectors"), gnu::used]] constinit const Vectors vectors = {
    &stack_top,
    &Reset,
    &Watchdog,
    {&Fault, &Fault, &Fault, &Fault},
    {&Unexpected, &Unexpected, &Unexpected, &Unexpected, &Unexpected, &Unexpected,
     &Unexpected, &Unexpected, &Unexpected},
    {&Unexpected, &Unexpected, &OnLinkReceive, &OnLinkTransmit, &Unexpected, &Unexpected,
     &Unexpected, &Unexpected, &OnTimer,       &Unexpected,     &Unexpected, &Unexpected,
     &Unexpected, &Unexpected, &Unexpected,    &Unexpected,     &Unexpected, &Unexpected,
     &Unexpected, &Unexpected, &Unexpected,    &Unexpected,     &Unexpected, &Unexpected,
     &Unexpected, &Unexpected, &Unexpected,    &Unexpected,     &Unexpected, &Unexpected,
     &Unexpected, &Unexpected}};

}  // namespace torpor::firmware::mps2

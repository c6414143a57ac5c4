// The registers that this port touches, and no others.
//
// Sources, as cited where they are used:
//   AN386  Arm Application Note AN386, Cortex-M4 SMM on V2M-MPS2: memory map, interrupts,
//          FPGA system control and I/O
//   CMSDK  Arm Cortex-M System Design Kit Technical Reference Manual (DDI 0479),
//          chapter 4, APB components
//   ARM    ARMv7-M Architecture Reference Manual (DDI 0403)
#pragma once

#include <cstdint>

namespace torpor::firmware::mps2 {

// Integers become registers here and nowhere else.
inline volatile std::uint32_t& Register(std::uint32_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(  // NOLINT
      static_cast<std::uintptr_t>(address));
}

// AN386, clocks: of the processor, the timers and the UARTs.
inline constexpr std::uint32_t kClockHz = 25'000'000;

// AN386, interrupt map.
inline constexpr std::uint32_t kLinkReceiveIrq = 2;   // UART 1
inline constexpr std::uint32_t kLinkTransmitIrq = 3;  // UART 1
inline constexpr std::uint32_t kTimerIrq = 8;         // timer 0

// ARM B3.4, NVIC: ISER0 lets an interrupt in; writing zeros changes nothing.
inline void EnableInterrupt(std::uint32_t irq) { Register(0xE000E100) = 1U << irq; }

// ARM B1.4.3, PRIMASK: the handlers wait. A pending interrupt ends a WFI all the same
// (ARM B1.5.19), so nothing is lost between looking and falling asleep.
class HandlersWait {
 public:
  HandlersWait() { asm volatile("cpsid i" ::: "memory"); }
  ~HandlersWait() { asm volatile("cpsie i\n isb" ::: "memory"); }
  HandlersWait(const HandlersWait&) = delete;
  HandlersWait& operator=(const HandlersWait&) = delete;
};

}  // namespace torpor::firmware::mps2

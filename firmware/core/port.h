// What a board must offer so that the firmware runs on it: implement these functions and
// link them with torpor_firmware. This page is the specification a porter follows.
//
// All are called from the main loop only, never from an interrupt. An interrupt handler
// moves bytes into the port's own buffers and wakes the core; nothing else. Nothing here
// may block except SleepUntil, and nothing throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "contract/terms.h"
#include "core/bytes.h"
#include "core/result.h"
#include "core/time.h"
#include "link/refusal.h"

namespace torpor::port {

// ---- Time

// Microseconds since boot, from a free-running counter that the port extends to 64 bits;
// never a count of ticks. Below 1 us of error per read; under 1 us.
Instant Now() noexcept;

enum class Wait : std::uint8_t {
  kIdle,       // nothing is expected: the deepest sleep that keeps counter, link and RAM
  kLinkReply,  // an acknowledgement is awaited within milliseconds: do not sleep deeply
};

// Sleeps (one-shot compare and WFI, no periodic tick) until `deadline` or until any
// interrupt: bytes on the link, room to write them, samples in the sensor's FIFO. May
// return early for no reason. Instant::max() means: no deadline.
void SleepUntil(Instant deadline, Wait wait) noexcept;

// ---- Link: 8N1 at the contract's baud, with flow control where the board has it

// Takes bytes that have arrived, at most out.size(); 0 when there are none. The port
// buffers at least 1100 bytes, two packets, between two calls.
std::size_t LinkRead(std::span<std::byte> out) noexcept;

// Gives bytes to the transmitter and returns how many were taken. When that is less than
// offered, SleepUntil returns once there is room.
std::size_t LinkWrite(std::span<const std::byte> bytes) noexcept;

// ---- Sensor: between ImuStop and the next ImuStart it draws no power

// Whether the board's sensors can do exactly what the contract asks. Called at boot, and
// between two windows when another contract takes over; a reason other than 0 refuses the
// contract, with both values.
link::Refusal ImuPrepare(const contract::Terms& terms) noexcept;

// Begins one sampling window of a sensor, with exactly its rate, axes and full scale.
//   kNothingNew  there will never be another window (a recording has ended)
//   other        the sensor does not answer; counted, and tried again next period
Status ImuStart(const contract::Sensor& sensor, Milliseconds window) noexcept;

// Takes samples that are ready, whole frames, interleaved, in steps of
// Sensor::GPerStep(); at most out.size() values. 0 when there are none yet. An error ends
// the window.
Result<std::size_t> ImuRead(const contract::Sensor& sensor,
                            std::span<std::int16_t> out) noexcept;

void ImuStop() noexcept;  // of all sensors

// Of the shaft that is watched, in 1/1000 rpm; 0xFFFFFFFF when the board does not know.
// Asked between ImuStart and ImuStop, at both ends of a window.
std::uint32_t ShaftSpeedMillirpm() noexcept;

// ---- Non-volatile memory

struct FlashGeometry {
  std::uint32_t sector_bytes = 0;   // smallest unit of erasure
  std::uint32_t sectors = 0;        // all for torpor's use; flash_layout.h says how many
  std::uint32_t granule_bytes = 0;  // smallest unit of programming; at most 16
};
FlashGeometry Flash() noexcept;

// Addresses count from the first sector of torpor's. False: out of range, or the chip
// says no. A read of what a power cut left half-written may give anything.
bool FlashRead(std::uint32_t address, std::span<std::byte> out) noexcept;
// To all ones. At most some 100 ms.
bool FlashErase(std::uint32_t sector) noexcept;
// Only bytes that are all ones since the last erasure; address and size are whole
// granules.
bool FlashProgram(std::uint32_t address, std::span<const std::byte> bytes) noexcept;

// ---- The rest

// Of the program that runs, for the statement.
Digest ProgramDigest() noexcept;

// One line for people, without line feed. Must never wait for a reader: what does not
// fit is lost.
void Console(std::string_view line) noexcept;

// Called once per turn of the main loop, before it sleeps; the sleep may last a period of
// the contract. Empty where there is no watchdog.
void WatchdogKick() noexcept;

}  // namespace torpor::port

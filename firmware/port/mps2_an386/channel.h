// What crosses between the image and the program that runs it (firmware/port/qemu/): the
// sensors, which QEMU does not have, and in a compressed run the time. Requests and
// answers follow each other; numbers are little-endian. Both ends are built from this
// tree, so there is no version.
//
//   request  kind u8, 3 zero bytes, length u32, body
//   answer   length u32, body
#pragma once

#include <cstddef>
#include <cstdint>

namespace torpor::firmware::channel {

enum class Kind : std::uint8_t {
  // sample u32 ms, period u32 ms, count u32, of each sensor: id, millihertz, axes,
  // milli-g, bits u32 -> reason u16, ours and theirs: length u8 and text, 127 at most;
  // the rest is a line for people
  kPrepare = 1,
  kStart = 2,  // id u32, window u32 ms, now u64 us -> status u16
  kRead = 3,   // id u32, now u64 us, values u32 -> status u16, samples i16
  kStop = 4,   // -> nothing
  kSpeed = 5,  // -> u32, 1/1000 rpm
  // Only in a compressed run.
  kSend = 6,  // now u64 us, bytes for the wire -> nothing
  kSleep =
      7,  // now u64 us, deadline u64 us -> time u64 us at which to be awake, stop u8,
          // bytes from the wire: they arrive at that time
};

inline constexpr std::size_t kHeadBytes = 8;
inline constexpr std::size_t kLengthBytes = 4;

// The command line of the image: words, and at the end the path before which the two
// pipes' names are made (PATH.ask, PATH.answer).
//   refusal-ends    the image ends with a refusal's exit code
//   compressed      time and link by kSleep and kSend; else by the board's timer and
//   UART.
//                   Between two sleeps time stands still, as for every process behind the
//                   time broker
//   counted         with compressed: it does not, each instruction takes its time
//   stack           a console line each time that the stack was deeper than ever
//   cut-after=N     power fails in the middle of the N-th granule written or erased
//   channel=PATH
inline constexpr std::size_t kMaxCommandLine = 256;

}  // namespace torpor::firmware::channel

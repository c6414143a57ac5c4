// What the time broker and its clients say to each other: one message per packet of a
// unix SOCK_SEQPACKET socket, both ends from the same build.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.h"

namespace torpor::simulate {

enum class Role : std::uint8_t { kFirmware = 0, kComputer = 1 };
inline constexpr std::size_t kRoles = 2;
constexpr Role Other(Role role) {
  return role == Role::kFirmware ? Role::kComputer : Role::kFirmware;
}

// Why a wait came to its end.
enum class Wake : std::uint8_t {
  kDeadline = 0,
  kBytes = 1,
  kDeviceGone = 2,  // the link's device has just vanished (Outage::Seen::kAsDeviceGone)
  kStopped = 3,     // the run is over, or the broker is gone: leave
};

enum class WakeOnBytes : std::uint8_t { kNo = 0, kYes = 1 };

namespace broker {

inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kMaxMessage = 64UL << 10U;  // fits a socket's buffer whole
inline constexpr std::size_t kMaxChunk = 32UL << 10U;

enum class Kind : std::uint8_t {
  kHello = 1,  // client: version u8, role u8
  kWait = 2,   // client: deadline i64, wake on bytes u8, then chunks (length u32, bytes)
  kWrite = 3,  // client: chunks only
  kWelcome = 4,  // broker: clock
  kRefused = 5,  // broker: nothing more
  kWake = 6,     // broker: why u8, clock, then received bytes
  kBytes = 7,    // broker: received bytes that did not fit the kWake that follows
};

// What every answer of the broker carries, and all that a client knows of time.
struct Clock {
  std::int64_t now_us = 0;
  std::int64_t wall_us = 0;
  std::uint8_t device_present = 1;
};
inline constexpr std::size_t kClockBytes = 17;

inline void WriteClock(ByteWriter& out, const Clock& clock) {
  out.Write(static_cast<std::uint64_t>(clock.now_us));
  out.Write(static_cast<std::uint64_t>(clock.wall_us));
  out.Write(clock.device_present);
}

inline Clock ReadClock(ByteReader& in) {
  Clock clock;
  clock.now_us = static_cast<std::int64_t>(in.Read<std::uint64_t>());
  clock.wall_us = static_cast<std::int64_t>(in.Read<std::uint64_t>());
  clock.device_present = in.Read<std::uint8_t>();
  return clock;
}

}  // namespace broker
}  // namespace torpor::simulate

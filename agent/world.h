// Everything outside torpord that its duty cycle waits for: time, the link and a request
// to stop. One implementation is the real machine (agent/linux/), one the time broker;
// the code above it cannot tell which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/time.h"
#include "telemetry/cycle_record.h"

namespace torpor::agent {

enum class Woke : std::uint8_t {
  kDeadline,
  kLink,  // bytes may be read, or the link went away
  kStop,  // somebody asked the program to end
};

enum class Listen : std::uint8_t { kNo, kYes };

class World {
 public:
  virtual ~World() = default;

  [[nodiscard]] virtual Instant Now() = 0;
  // Unix microseconds as the machine believes; used to judge validity dates and nothing
  // else.
  [[nodiscard]] virtual std::int64_t WallMicroseconds() = 0;
  // Whether somebody vouches for the wall clock: the kernel, whose time daemon says so,
  // or the broker.
  [[nodiscard]] virtual bool WallTrusted() = 0;

  // Blocks until `deadline`, a request to stop or, when listening, bytes on the link. Not
  // listening, bytes that arrive wake nobody.
  virtual Woke WaitUntil(Instant deadline, Listen listen) = 0;

  // Sleeps until `deadline` or a request to stop, deaf to the link, and tells how often
  // the process was scheduled meanwhile beyond the falling asleep itself; nothing when
  // that cannot be measured. Suspended, the whole machine may have been woken besides,
  // before it was to.
  struct Sleep {
    Woke woke{};
    std::optional<std::uint32_t> wakeups;
    std::string scheduled{};  // by name, if anybody was: the falling asleep is among them
    std::uint32_t woken_by_others = 0;   // by somebody who is named in a deviation
    std::uint32_t woken_by_unknown = 0;  // by nobody who could be found
    Microseconds suspended{};            // of the whole machine, proved
    bool maybe_suspended = false;        // the kernel was asked, and did not refuse
    std::vector<telemetry::Deviation> deviations{};
  };
  virtual Sleep SleepUntil(Instant deadline) = 0;
  // Times scheduled since the last sleep ended; nothing when that cannot be measured.
  [[nodiscard]] virtual std::optional<std::uint32_t> WakeupsAwake() = 0;

  // Opens the link if it is not open. False when there is no device; never blocks.
  virtual bool OpenLink() = 0;
  // Harmless when it is closed.
  virtual void CloseLink() = 0;
  [[nodiscard]] virtual bool link_open() const = 0;
  // Never block; 0 also when the link has gone (link_open() is false then).
  virtual std::size_t ReadLink(std::span<std::byte> into) = 0;
  virtual std::size_t WriteLink(std::span<const std::byte> bytes) = 0;

  // The real time that is left until `deadline`, for calls that block outside of this
  // interface (the push). Under the broker, time stands still meanwhile.
  [[nodiscard]] Microseconds Left(Instant deadline) { return deadline - Now(); }

  // Called at waking and before sleep: a wedged process is ended after `limit` of awake
  // time.
  virtual void ArmWatchdog(Microseconds limit) = 0;
  virtual void DisarmWatchdog() = 0;
};

}  // namespace torpor::agent

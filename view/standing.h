// What a robot is doing now, by its last journalled cycle and a clock. Nobody has asked
// it: that would wake it.
#pragma once

#include <cstdint>
#include <optional>

#include "contract/terms.h"
#include "core/time.h"
#include "telemetry/cycle_record.h"

namespace torpor::view {

enum class Doing : std::uint8_t {
  kUnknown,    // nothing was journalled, or nobody knows its contract
  kClocks,     // its journal is ahead of the clock: one of the two is wrong
  kReporting,  // its cycle is journalled
  kAsleep,
  kAwake,  // it should have woken, and its next cycle is not due yet
  kOverdue,
};

// Times are Unix microseconds of the robot's own clock.
struct Standing {
  Doing doing = Doing::kUnknown;
  std::int64_t since_us = 0;  // of kReporting, kAsleep and kAwake
  std::int64_t wakes_us = 0;  // next
  std::int64_t due_us = 0;    // when its next cycle is in the journal at the latest
  Microseconds overdue{};     // of kOverdue
  Microseconds ahead{};       // of kClocks
};

// Clocks that differ by less say nothing.
inline constexpr Microseconds kClocksAgree = std::chrono::seconds(5);
// A commit is told of so much after it, on a disk that is slow; nobody shouts before.
inline constexpr Microseconds kGrace = std::chrono::seconds(2);

// `terms`: none, if they are not known. A cycle is due when the waking a period after the
// last one has had all the time that its steps may take.
[[nodiscard]] Standing StandingAt(std::int64_t now_us, const telemetry::CycleRecord* last,
                                  const contract::Terms* terms);

// When the cycle was in its journal, on the robot's clock.
[[nodiscard]] std::int64_t JournalledAt(const telemetry::CycleRecord& record);

}  // namespace torpor::view

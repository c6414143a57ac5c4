// Which clauses of the contract were broken, and for how many cycles in a row. The
// hysteresis is kept here, on the robot: a count of consecutive breaches survives lost
// pushes and odd scrapes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "contract/terms.h"
#include "core/time.h"
#include "core/units.h"
#include "cycle/duty_cycle.h"

namespace torpor::cycle {

// Of the residency ladder, as a unit: 1 child exited to 4 hot.
inline constexpr std::string_view kRungs = "rung";

enum class Clause : std::uint8_t {
  kDutyCycle,     // awake longer than the terms' awake time
  kInterval,      // two inferences closer together, or further apart, than one period
  kWakeups,       // scheduled in its sleep, or too often while awake
  kPower,         // more energy than the cycle's budget
  kGpuResidency,  // more of the accelerator left up than residency_max
  kDataAge,       // a batch was too old to be judged
};
inline constexpr std::size_t kClauses = 6;

// As in labels of metrics and bodies of alarms: duty_cycle, interval and so on.
std::string_view NameOf(Clause clause);

// What was measured of one cycle, as far as it was measured.
struct Measured {
  StateTimes times{};
  std::optional<Microseconds> since_last_inference;
  bool inferred = false;
  bool batch_stale = false;
  std::optional<std::uint32_t> wakeups_asleep;  // nothing: unmetered
  std::optional<std::uint32_t> wakeups_awake;
  Microjoules energy{};
  std::optional<contract::Residency> residency;  // nothing: no accelerator was used
  Microseconds batch_age{};                      // of the batch that was judged or stale
};

// What a clause allows and what was measured of it, in a unit of its own. For people and
// the bodies of alarms: what decides is compared exactly.
struct Excess {
  double measured = 0;
  double allowed = 0;
  std::string_view unit{};  // "s", "J", "wake-ups asleep" or awake; "rung" of Residency
  bool at_least = false;    // `allowed` is the least, not the most
};

struct Judged {
  std::optional<bool> broken{};  // nothing: it could not be measured in this cycle
  Excess excess{};               // of one that is broken
};
using Judgement = std::array<Judged, kClauses>;
// The cycle was in breach, of whatever clause.
[[nodiscard]] bool InBreach(const Judgement& judgement);

class Breaches {
 public:
  // Judges one cycle. A clause that could not be measured neither breaks nor heals.
  Judgement Judge(const contract::Terms& terms, const Measured& measured);

  // Consecutive cycles in breach, 0 when kept; saturates.
  [[nodiscard]] std::uint32_t consecutive(Clause clause) const {
    return run_[static_cast<std::size_t>(clause)];
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }  // cycles with any breach

 private:
  std::array<std::uint32_t, kClauses> run_{};
  std::uint64_t total_ = 0;
};

// Time the computer was awake: every state but kAsleep.
Microseconds AwakeTime(const StateTimes& times);

// The energy that the contract's power model gives for these times, both timelines: the
// firmware sampled `sampled` of it. Rounded up. An estimate, and called one wherever it
// is shown.
Microjoules ModelledEnergy(const contract::Terms& terms, const StateTimes& times,
                           bool sampled);

}  // namespace torpor::cycle

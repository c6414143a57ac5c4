// One robot's duty cycle under one contract: in which step it is, until when, how long
// each step took and which of them overran. Pure: it is told the time, moves no byte and
// never blocks.
#pragma once

#include <array>
#include <optional>

#include "contract/terms.h"
#include "core/status.h"
#include "core/time.h"
#include "cycle/steps.h"

namespace torpor::cycle {

// Time spent in each state, indexed by State.
using StateTimes = std::array<Microseconds, kStates>;

// How long a step may take under these terms. kAsleep: computer_sleep. kJudging and
// kJournalling share `judge`: the second has what the first left.
Milliseconds Budget(const contract::Terms& terms, State state);

// The deviation that a step's overrun counts as; kOk for kAsleep.
Status OverrunOf(State state);

struct Overrun {
  Status what{};
  Microseconds took{};
  Milliseconds allowed{};
};

// A record of the time between two journal commits: the report and the sleep that follow
// the last commit, then waking up to this one. The times of all records sum to the
// elapsed time.
struct Account {
  StateTimes times{};
  Microseconds wake_delay{};  // from the scheduled to the real waking
  std::array<Overrun, kStates> overruns{};
  std::size_t overrun_count = 0;
};

class DutyCycle {
 public:
  // `terms` must outlive this. Begins asleep at `now`.
  DutyCycle(const contract::Terms& terms, Instant now) : terms_(&terms), entered_(now) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Instant step_deadline() const;  // the step's own, never after the cycle's
  [[nodiscard]] Instant cycle_deadline() const;  // waking + the terms' awake time
  [[nodiscard]] Instant woke() const { return woke_; }

  // The robot is awake at `now` though it was to wake at `scheduled`. Only when asleep.
  void Wake(Instant now, Instant scheduled);

  // Posts what happened at `now`. False, and nothing changes, when the table refuses the
  // pair.
  [[nodiscard]] bool Post(Event event, Instant now);

  // What happened since the last call; called once a cycle, in kJournalling, by whoever
  // journals.
  [[nodiscard]] Account TakeAccount(Instant now);

 private:
  void Leave(Instant now);

  const contract::Terms* terms_;
  State state_ = State::kAsleep;
  Instant entered_;
  Instant counted_from_ = entered_;  // TakeAccount may fall inside a step
  Instant woke_{};
  Account account_;
};

// When to wake next: a guard after the firmware's next batch is ready, but never before
// `sleep_at_least` has passed (the terms' computer_sleep; zero right after boot); a batch
// that is ready sooner is left to its successor, one period later, because a fresh batch
// late is better than an old one early. Nor does it sleep for more than a period to come
// to its shift after a boot, which would cost more than a cycle's budget, where there is
// time for a whole cycle before. What the firmware says is bounded by two periods, so
// that a lie or a bit error cannot put the robot to sleep for ever.
//   ready_in   from `now`; nothing when no answer came: one period after the last waking
//   phase      the robot's own shift (cycle/phase.h), on top; zero where nobody answered
//              and the last waking has it already
Instant NextWaking(const contract::Terms& terms, Instant woke, Instant now,
                   std::optional<Microseconds> ready_in, Milliseconds sleep_at_least,
                   Microseconds phase);

// False when an inference now would be the second within one period, less the firmware's
// guard time (its clock and ours are not the same).
bool MayInfer(const contract::Terms& terms, std::optional<Instant> last_inference,
              Instant now);

}  // namespace torpor::cycle

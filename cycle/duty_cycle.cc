#include "cycle/duty_cycle.h"

#include <algorithm>

namespace torpor::cycle {

Milliseconds Budget(const contract::Terms& terms, State state) {
  switch (state) {
    case State::kAsleep:
      return terms.computer_sleep;
    case State::kCollecting:
      return terms.collect;
    case State::kInferring:
      return terms.infer;
    case State::kReleasing:
      return terms.release;
    case State::kJudging:
    case State::kJournalling:
      return terms.judge;
    case State::kReporting:
      return terms.report;
  }
  return Milliseconds{0};
}

Status OverrunOf(State state) {
  switch (state) {
    case State::kAsleep:
      return Status::kOk;
    case State::kCollecting:
      return Status::kCollectLate;
    case State::kInferring:
      return Status::kInferLate;
    case State::kReleasing:
      return Status::kReleaseLate;
    case State::kJudging:
    case State::kJournalling:
      return Status::kJudgeLate;
    case State::kReporting:
      return Status::kReportLate;
  }
  return Status::kInternal;
}

Instant DutyCycle::cycle_deadline() const {
  return woke_ + terms_->awake() - terms_->wake;
}

Instant DutyCycle::step_deadline() const {
  auto budget = Microseconds(Budget(*terms_, state_));
  if (state_ == State::kJournalling) {
    const Microseconds judging =
        account_.times[static_cast<std::size_t>(State::kJudging)];
    budget = std::max(budget - judging, Microseconds{0});
  }
  const Instant own = entered_ + budget;
  return state_ == State::kAsleep ? own : std::min(own, cycle_deadline());
}

void DutyCycle::Leave(Instant now) {
  account_.times[static_cast<std::size_t>(state_)] += now - counted_from_;
  counted_from_ = now;
  if (state_ == State::kAsleep) return;
  const Instant allowed_until = step_deadline();
  if (now > allowed_until && account_.overrun_count < account_.overruns.size()) {
    account_.overruns[account_.overrun_count++] = {OverrunOf(state_), now - entered_,
                                                   Budget(*terms_, state_)};
  }
}

void DutyCycle::Wake(Instant now, Instant scheduled) {
  account_.wake_delay = std::max(now - scheduled, Microseconds{0});
  woke_ = now;
  (void)Post(Event::kWake, now);
}

bool DutyCycle::Post(Event event, Instant now) {
  const std::optional<State> next = Next(state_, event);
  if (!next) return false;
  Leave(now);
  state_ = *next;
  entered_ = now;
  return true;
}

Account DutyCycle::TakeAccount(Instant now) {
  account_.times[static_cast<std::size_t>(state_)] += now - counted_from_;
  counted_from_ = now;
  const Account taken = account_;
  account_ = {};
  return taken;
}

Instant NextWaking(const contract::Terms& terms, Instant woke, Instant now,
                   std::optional<Microseconds> ready_in, Milliseconds sleep_at_least,
                   Microseconds phase) {
  const Instant earliest = now + sleep_at_least;
  const Instant latest = now + 2 * terms.period;
  Instant wanted = woke + terms.period;
  if (ready_in) {
    const auto bounded =
        std::clamp(*ready_in, Microseconds{0}, Microseconds(terms.period));
    wanted = now + bounded + terms.mcu_guard;
  }
  wanted += phase;
  if (wanted < earliest) wanted += terms.period;
  const Instant before = wanted - terms.period;
  if (before >= earliest + terms.awake()) wanted = before;
  return std::clamp(wanted, std::min(earliest, latest), latest);
}

bool MayInfer(const contract::Terms& terms, std::optional<Instant> last_inference,
              Instant now) {
  return !last_inference || now - *last_inference >= terms.period - terms.mcu_guard;
}

}  // namespace torpor::cycle

// The whole duty cycle on one screen: which step follows which. Deciding is pure and
// lives here; doing is agent/'s (and the simulators'), which act once and post one event.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace torpor::cycle {

enum class State : std::uint8_t {
  kAsleep,
  kCollecting,
  kInferring,
  kReleasing,
  kJudging,
  kJournalling,
  kReporting,
};
inline constexpr std::size_t kStates = 7;

enum class Event : std::uint8_t {
  kWake,
  kBatch,       // the newest batch is here, whole and fresh
  kNothingNew,  // nothing to judge: no batch, a stale one, or no link
  kScore,
  kReleased,
  kVerdict,
  kJournalled,
  kReported,
  kDeadline,  // the step's own, or the cycle's
};

struct Step {
  State from;
  Event on;
  State to;
};

// A pair that is not listed is refused. Without a batch there is nothing to infer or
// release, but the cycle is judged (abstain) and journalled all the same: a cycle leaves
// a record, always.
inline constexpr std::array kSteps = {
    Step{State::kAsleep, Event::kWake, State::kCollecting},
    Step{State::kCollecting, Event::kBatch, State::kInferring},
    Step{State::kCollecting, Event::kNothingNew, State::kJudging},
    Step{State::kInferring, Event::kScore, State::kReleasing},
    Step{State::kReleasing, Event::kReleased, State::kJudging},
    Step{State::kJudging, Event::kVerdict, State::kJournalling},
    Step{State::kJournalling, Event::kJournalled, State::kReporting},
    Step{State::kReporting, Event::kReported, State::kAsleep},
    // A deadline revokes what is open and goes on: a verdict that was reached is
    // journalled all the same; only the report may be dropped. Every way ends asleep.
    Step{State::kCollecting, Event::kDeadline, State::kJudging},
    Step{State::kInferring, Event::kDeadline, State::kReleasing},
    Step{State::kReleasing, Event::kDeadline, State::kJudging},
    Step{State::kJudging, Event::kDeadline, State::kJournalling},
    Step{State::kJournalling, Event::kDeadline, State::kReporting},
    Step{State::kReporting, Event::kDeadline, State::kAsleep},
};

// The state after `on` in `from`; nothing when the table does not list the pair.
constexpr std::optional<State> Next(State from, Event on) {
  for (const Step& step : kSteps) {
    if (step.from == from && step.on == on) return step.to;
  }
  return std::nullopt;
}

static_assert(*Next(State::kInferring, Event::kDeadline) == State::kReleasing);
static_assert(*Next(State::kReporting, Event::kDeadline) == State::kAsleep);
static_assert(!Next(State::kAsleep, Event::kBatch), "a sleeping robot takes no batch");

}  // namespace torpor::cycle

// The firmware on one screen. A pair that is not listed changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace torpor::firmware {

enum class State : std::uint8_t {
  kBooting,
  kRefused,      // its contract is bad or not the computer's: answers HELLO, else asleep
  kUnconfirmed,  // its contract is good; answers HELLO, else asleep
  kResting,      // agreed; asleep until the next window opens
  kSampling,     // a window is open
  kEnded,        // agreed; the sensor's life is over, no window opens again
};

enum class Event : std::uint8_t {
  kVerified,      // the contract in flash is good and for this robot
  kRefused,       // it is not, or the computer holds another
  kAgreed,        // the computer holds the same
  kWindowOpens,   // the period is over
  kWindowCloses,  // whole, or given up
  kLifeEnds,      // the sensor has nothing more
  kChanged,       // another contract is obeyed, which nobody has agreed to yet
};

struct Step {
  State from;
  Event event;
  State to;
};

inline constexpr std::array kSteps = {
    Step{State::kBooting, Event::kVerified, State::kUnconfirmed},
    Step{State::kUnconfirmed, Event::kAgreed, State::kResting},
    Step{State::kResting, Event::kWindowOpens, State::kSampling},
    Step{State::kSampling, Event::kWindowCloses, State::kResting},
    Step{State::kResting, Event::kLifeEnds, State::kEnded},
    Step{State::kSampling, Event::kLifeEnds, State::kEnded},
    Step{State::kBooting, Event::kChanged, State::kUnconfirmed},
    // Refusing is final until restart, whatever was going on, or until a trial is over.
    Step{State::kRefused, Event::kChanged, State::kUnconfirmed},
    Step{State::kBooting, Event::kRefused, State::kRefused},
    Step{State::kUnconfirmed, Event::kRefused, State::kRefused},
    Step{State::kResting, Event::kRefused, State::kRefused},
    Step{State::kSampling, Event::kRefused, State::kRefused},
    Step{State::kEnded, Event::kRefused, State::kRefused},
};

constexpr State Next(State from, Event event) {
  for (const Step& step : kSteps) {
    if (step.from == from && step.event == event) return step.to;
  }
  return from;
}

constexpr bool Agreed(State state) {
  return state == State::kResting || state == State::kSampling || state == State::kEnded;
}

// A computer that restarts agrees again; the firmware's rhythm goes on.
static_assert(Next(State::kSampling, Event::kAgreed) == State::kSampling);
static_assert(Next(State::kRefused, Event::kAgreed) == State::kRefused);

}  // namespace torpor::firmware

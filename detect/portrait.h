// Whether what a machine has just learned of itself may serve as its normal. A machine
// that is still changing, or was sick when it was new, would teach its own fault.
#pragma once

#include "core/status.h"
#include "detect/commissioning.h"

namespace torpor::detect {

struct Baseline;

// One commissioning in four numbers, each beside what is usual in the fleet.
struct Portrait {
  // Of the spectrum from the first to the second half of the exemplars, in the fleet's
  // deviations of one window; root of the mean square over features, as the next two.
  double trend = 0;
  double spread = 0;         // own deviation over the fleet's
  double strangeness = 0;    // of the mean spectrum, in deviations between machines
  double impulsiveness = 0;  // the same of the impulsiveness of the sub-bands
};

// Of a commissioning that is complete; the baseline has everything but its limits.
[[nodiscard]] Portrait Portray(const Commissioning& own, const Baseline& baseline);

//   kNotSteady    trend or spread are above the limit: begin anew
//   kSickWhenNew  strangeness or impulsiveness are
[[nodiscard]] Status Accept(const Portrait& portrait, const Portrait& limits);

}  // namespace torpor::detect

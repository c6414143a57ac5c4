// From repeated measurements of each rung of the residency ladder to what it costs. The
// rungs take turns within a round, so that a machine that warms up or a battery that sags
// changes all of them alike; everything is the mean over rounds of differences within
// one.
#pragma once

#include <vector>

#include "core/result.h"
#include "power/ladder.h"

namespace torpor::power {

// One turn of one rung, as the meter of the whole machine saw it.
struct RungTurn {
  Rung rung{};
  Microjoules exit{};   // from asking to the result
  Microjoules enter{};  // from the result until it rests
  Microjoules rest{};   // at rest
  Microseconds exit_time{}, enter_time{}, rest_time{};
};

// Every rung once, in the order of the ladder, kChildExited first.
using RungRound = std::vector<RungTurn>;

// The costs above the same machine at rest with nothing held, which is how kChildExited
// rests in the same round.
//   kUsage  fewer than two rounds, rounds that differ in their rungs, or a turn without
//           time at rest: no error can be told
Result<std::vector<RungCost>> CostsOf(const std::vector<RungRound>& rounds);

}  // namespace torpor::power

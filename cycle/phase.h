// By how much a robot's waking is shifted against the others of its site. A firmware's
// windows count from the first greeting after its power came: after a power cut those of
// a whole site begin within seconds, and would have all robots report together, for days.
#pragma once

#include <string_view>

#include "contract/terms.h"
#include "core/time.h"

namespace torpor::cycle {

// How far a waking may be shifted behind the moment at which a batch is ready: half of
// what the contract leaves, and zero where it leaves nothing. It leaves the time in which
// a batch is still young enough when it has been collected, and the robot asleep again
// when the firmware samples the next one, whichever ends first. Half, because whatever
// delays a waking eats from the same time: the robot at the far end of the spread can be
// late by as much as its shift before either is missed. docs/sinks.md has the sums.
Microseconds SpreadOf(const contract::Terms& terms);

// The shift of this robot: from zero to below the spread, the same at each start and
// after each update, and evenly spread over whatever names the robots of a site have.
// Source: FNV-1a (Fowler, Noll, Vo), finished by MurmurHash3's fmix64 (Appleby), so that
// each bit of a name counts in each bit of the shift, whatever the spread is.
Microseconds PhaseOf(const contract::Terms& terms, std::string_view robot);

}  // namespace torpor::cycle

// The last cycles of a trace on a terminal, and as JSON lines for programs.
#pragma once

#include <string>

#include "telemetry/trace_cycle.h"

namespace torpor::telemetry {

// What stands over the rows.
std::string TraceTableHead();
// One row: when it woke, each step's time, what was held by whom, verdict and deviations.
// Ends in a line feed.
std::string TraceTableRow(const TracedCycle& cycle);

// One object in one line, with every span in seconds since boot. Ends in a line feed.
std::string TraceJsonLine(const TracedCycle& cycle);

}  // namespace torpor::telemetry

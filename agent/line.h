// What a person sees of a cycle: one line on standard output.
#pragma once

#include <string>

#include "contract/terms.h"
#include "telemetry/cycle_record.h"

namespace torpor::agent {

struct LineContext {
  Instant began{};  // of the run; times are shown since then
  bool colour = false;
  bool real_time = false;  // a machine's own: joules may be metered, and `~` marks others
  std::uint32_t score_bar_width = 20;  // columns; the threshold stands in the middle
};

// Time, time since the last inference, batch age, score against the threshold, energy
// against the budget (`~` before what is modelled, though this machine could be metered),
// how it slept, and each deviation in words. No line break at the end.
std::string PeopleLine(const telemetry::CycleRecord& record, const contract::Terms& terms,
                       const LineContext& context);

// The same as one JSON object, numbers in base units.
std::string JsonLine(const telemetry::CycleRecord& record);

// Whether a stream is a terminal that wants colour (NO_COLOR is respected).
bool WantsColour(int descriptor);

}  // namespace torpor::agent

// One simulated life as a picture: score against the threshold, energy against the
// budget, and where batches were dropped or the robot abstained. A standalone SVG.
#pragma once

#include <string>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "telemetry/cycle_record.h"

namespace torpor::simulate {

struct NightPicture {
  std::string title;
  Microseconds life{};
  std::vector<telemetry::CycleRecord>
      cycles;  // in order; times since the start of the life
};

std::string DrawNight(const NightPicture& night, const contract::Terms& terms);

}  // namespace torpor::simulate

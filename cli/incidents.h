// torpor simulate --incident: faults of one night, each played and judged.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "simulate/incident_evidence.h"

namespace torpor::cli {

struct IncidentWishes {
  std::vector<std::string> names;  // of simulate::kIncidents
  std::filesystem::path work;      // each has a folder of its own in it
  bool json = false, quiet = false;
};

// Plays them one after another. The exit code is 0 when each was refused, or named within
// one cycle and nothing else was; else that of the first which was not.
void PlayIncidents(const IncidentWishes& wishes, Outcome& outcome);

}  // namespace torpor::cli

// The sub-commands of torpor fleet, one file each.
#pragma once

#include "cli/commands.h"

namespace torpor::cli {

void AddFleetRoster(CLI::App& fleet, Outcome& outcome);
void AddFleetSimulate(CLI::App& fleet, Outcome& outcome);

}  // namespace torpor::cli

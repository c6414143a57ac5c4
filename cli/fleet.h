// The sub-commands of torpor fleet, one file each.
#pragma once

#include "cli/commands.h"

namespace torpor::cli {

void AddFleetRoster(const Command& fleet, Outcome& outcome);
void AddFleetSimulate(const Command& fleet, Outcome& outcome);

}  // namespace torpor::cli

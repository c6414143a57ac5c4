// What torpor fleet simulate and torpor top are told of a fleet in the same words. Each
// says what is wrong, sets the exit code and returns false.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"
#include "simulate/fleet.h"

namespace torpor::cli {

// The script's file, and the lines of the command line behind it; for the robots and the
// seed that `fleet` has.
[[nodiscard]] bool ReadScript(const std::string& file,
                              const std::vector<std::string>& faults,
                              simulate::FleetOptions& fleet, Outcome& outcome);

// "90s", "10m", "1h", of the option of that name.
[[nodiscard]] bool ReadSpan(const char* option, const std::string& text,
                            Microseconds& span, Outcome& outcome);

// "max", "real", or so many times real time.
[[nodiscard]] bool ReadPace(const std::string& pace, simulate::FleetOptions& fleet,
                            Outcome& outcome);

}  // namespace torpor::cli

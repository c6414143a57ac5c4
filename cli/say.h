// How commands speak: results on standard output, one line per refusal on standard error.
#pragma once

#include <string>

#include "cli/commands.h"
#include "core/status.h"

namespace torpor::cli {

// "torpor: expired (174): the contract is no longer valid: FILE; deploy a new one", and
// the status's exit code.
void Refuse(Outcome& outcome, Status status, const std::string& subject);

// A line that is worded already, the status's advice behind it.
void RefuseWith(Outcome& outcome, Status status, const std::string& line);

}  // namespace torpor::cli

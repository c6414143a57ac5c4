// The terms that a command on a workstation works with, from whatever names them.
#pragma once

#include <string>

#include "cli/commands.h"
#include "contract/terms.h"
#include "core/result.h"

namespace torpor::cli {

// Of a bundle (its signature is not checked: a workstation need not trust what it only
// reads), of a TOML source, or of a shipped base by its name. Says what is wrong and sets
// the exit code when there are none.
[[nodiscard]] Result<contract::Terms> TermsOf(const std::string& what, Outcome& outcome);

}  // namespace torpor::cli

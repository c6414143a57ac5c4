// A contract and what is wrong with it, for programs to read.
#pragma once

#include <nlohmann/json.hpp>

#include "contract/finding.h"
#include "contract/terms.h"

namespace torpor::cli {

// Every parameter by its name in contract.proto, in its own unit.
nlohmann::ordered_json ToJson(const contract::Terms& terms);

nlohmann::ordered_json ToJson(const contract::Finding& finding);

}  // namespace torpor::cli

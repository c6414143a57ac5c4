// The arithmetic of a contract as tables whose sums can be followed by hand.
#pragma once

#include <string>

#include "contract/terms.h"

namespace torpor::cli {

// Both timelines, the batch on its way, and the energy of a cycle against its budget.
std::string ExplainTables(const contract::Terms& terms);

}  // namespace torpor::cli

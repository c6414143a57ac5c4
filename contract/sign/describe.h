// Findings as people read them: which key, what was found, what is allowed.
#pragma once

#include <string>

#include "contract/finding.h"

namespace torpor::contract::sign {

// "over-cycle-budget (147): the modelled cycle costs more than its budget: energy.budget
// would have to be 181.3 J, is 180 J". One line, without the advice.
std::string Describe(const Finding& finding);

// A bare status in the same form, with whose it is: "expired (174): ...: FILE".
std::string Describe(Status status, const std::string& subject);

}  // namespace torpor::contract::sign

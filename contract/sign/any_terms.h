// The terms that a command on a workstation works with, from whatever names them.
#pragma once

#include <string>
#include <vector>

#include "contract/sign/source.h"
#include "contract/terms.h"
#include "core/result.h"

namespace torpor::contract::sign {

// Of a bundle (its signature is not checked: a workstation need not trust what it only
// reads), of a TOML source, or of a shipped base by its name. What a base leaves open,
// who and when, is filled with anything. Problems are added only for TOML.
//   kFileMissing  neither a base nor a file
// and whatever DecodePayload and ReadSource refuse.
[[nodiscard]] Result<Terms> AnyTerms(const std::string& what,
                                     std::vector<Problem>& problems);

}  // namespace torpor::contract::sign

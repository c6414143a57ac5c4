// A contract and what is wrong with it, for programs to read.
#pragma once

#include <optional>

#include "contract/finding.h"
#include "contract/sign/activation_report.h"
#include "contract/terms.h"
#include "core/json_hosted.h"

namespace torpor::cli {

// Every parameter by its name in contract.proto, in its own unit.
nlohmann::ordered_json ToJson(const contract::Terms& terms);

nlohmann::ordered_json ToJson(const contract::Finding& finding);

// name, epoch, version, contract (as people know it), id (in full); null for none.
nlohmann::ordered_json ToJson(
    const std::optional<contract::sign::NamedContract>& contract);

}  // namespace torpor::cli

// A calibration in words and numbers: what each rung costs, from when on it pays, and
// which one a contract leads to.
#pragma once

#include <string>

#include "contract/terms.h"
#include "core/json_hosted.h"
#include "power/calibration.h"

namespace torpor::cli {

// The costs alone.
std::string CostTable(const power::Calibration& calibration);

// The arithmetic of one cycle under these terms, rung by rung, and the rung that is
// taken. `may_not`: why the calibration may not be acted on here; empty when it may.
std::string ExplainLadder(const power::Calibration& calibration,
                          const contract::Terms& terms, const std::string& may_not);

nlohmann::ordered_json LadderJson(const power::Calibration& calibration,
                                  const contract::Terms& terms,
                                  const std::string& may_not);

}  // namespace torpor::cli

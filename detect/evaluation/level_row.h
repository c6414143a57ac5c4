// One quantity of each axis against the machine's own mean, in units of how far other
// machines wander: a level or a kurtosis, the oldest alarms there are.
#pragma once

#include <memory>
#include <string>

#include "detect/evaluation/row.h"
#include "detect/evaluation/view.h"

namespace torpor::detect::evaluation {

// Score: the largest over the axes of (x - own mean - fleet mean) / fleet deviation.
[[nodiscard]] std::unique_ptr<Row> MakeLevelRow(std::string name, View view);

}  // namespace torpor::detect::evaluation

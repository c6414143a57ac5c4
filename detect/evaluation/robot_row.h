// The classical channel of a robot: the distance of detect/classical.h, over the median
// of the machine's own commissioning.
#pragma once

#include <memory>
#include <string>

#include "detect/evaluation/row.h"
#include "detect/evaluation/view.h"

namespace torpor::detect::evaluation {

struct RobotChoices {
  std::string name;
  View view = nullptr;
  bool ratio = true;
};
[[nodiscard]] std::unique_ptr<Row> MakeRobotRow(RobotChoices choices);

}  // namespace torpor::detect::evaluation

// What is left of a minute when the directions in which healthy machines wander are taken
// out of it.
#pragma once

#include <memory>
#include <string>

#include "detect/evaluation/row.h"
#include "detect/evaluation/view.h"

namespace torpor::detect::evaluation {

// Own mean off, in units of the fleet's deviation; as many principal components as
// explain `explained` of the fleet's variance. Score: the length of the residual. Source:
// Jackson and Mudholkar 1979 (control of residuals).
[[nodiscard]] std::unique_ptr<Row> MakeResidualRow(std::string name, View view,
                                                   double explained);

}  // namespace torpor::detect::evaluation

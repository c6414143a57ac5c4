// The rows of an evaluation, in the order in which they are printed.
#pragma once

#include <memory>
#include <vector>

#include "detect/evaluation/row.h"

namespace torpor::detect::evaluation {

// The robot's classical channel, which networks are fused with; and the same with no
// spread borrowed from the fleet. Both are printed smoothed as well.
inline constexpr const char* kGate = "C: own mean, fleet's sd, ratio";
inline constexpr const char* kOwnScale = "C0: own mean, own sd, ratio";
inline constexpr double kSmoothing = 0.05;

[[nodiscard]] std::vector<std::unique_ptr<Row>> ClassicalRows();

}  // namespace torpor::detect::evaluation

// What a contract asks of detection, of its first sensor: what one batch looks like, and
// how batches become alarms.
#pragma once

#include "contract/terms.h"
#include "detect/rule.h"
#include "signal/shape.h"

namespace torpor::detect {

// The lint asks for one sensor at least.
[[nodiscard]] signal::Shape ShapeOf(const contract::Terms& terms);
[[nodiscard]] Rule RuleOf(const contract::Terms& terms);

}  // namespace torpor::detect

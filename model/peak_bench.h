// What one core could do at most: multiply-adds of registers alone, with the instructions
// that each target of the fast engine has for them.
#pragma once

#include <string_view>

namespace torpor::model {

struct Peak {
  double int8_gmacs = 0;   // 10^9 multiply-adds of int8 a second
  double float_gmacs = 0;  // ... of float32
};

// Measured now, for some milliseconds, for one of FastTargets(); zeros for any other
// name.
Peak MeasurePeak(std::string_view target);

}  // namespace torpor::model

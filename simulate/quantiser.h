// How a sensor turns g into the int16 steps that travel: its converter's bits, its full
// scale, and the rail at both ends.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "contract/terms.h"

namespace torpor::simulate {

// A converter of fewer than 16 bits sets the high bits of a sample, as chips left-align
// them; one of more loses its low bits on the way. A value beyond full scale stays at the
// rail, which is what clipping is. `g` must be finite.
class Quantiser {
 public:
  explicit Quantiser(const contract::Sensor& sensor)
      : code_steps_(1 << (16 - static_cast<int>(std::clamp(sensor.bits, 1U, 16U)))),
        codes_per_g_(1 / (sensor.GPerStep() * code_steps_)),
        highest_code_(32768.0 / code_steps_ - 1) {}

  [[nodiscard]] std::int16_t operator()(double g) const {
    const double code = std::clamp(g * codes_per_g_, -highest_code_ - 1, highest_code_);
    return static_cast<std::int16_t>(std::lrint(code) * code_steps_);
  }

 private:
  int code_steps_;  // int16 steps of one code of the converter
  double codes_per_g_;
  double highest_code_;
};

}  // namespace torpor::simulate

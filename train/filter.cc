#include "train/filter.h"

#include <cmath>
#include <numbers>

namespace torpor::train {

Biquad Biquad::Peak(double hz, double quality, double db, double rate_hz) {
  const double gain = std::pow(10, db / 40);
  const double w = 2 * std::numbers::pi * hz / rate_hz;
  const double alpha = std::sin(w) / (2 * quality);
  const double a0 = 1 + alpha / gain;
  return {(1 + alpha * gain) / a0, -2 * std::cos(w) / a0, (1 - alpha * gain) / a0,
          -2 * std::cos(w) / a0, (1 - alpha / gain) / a0};
}

bool Biquad::flat() const { return b0 == 1 && b1 == 0 && b2 == 0 && a1 == 0 && a2 == 0; }

void Biquad::Run(std::span<float> signal) const {
  if (flat()) return;
  double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
  for (float& value : signal) {
    const double x = double{value};
    const double y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    value = static_cast<float>(y);
  }
}

}  // namespace torpor::train

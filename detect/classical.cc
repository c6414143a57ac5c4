#include "detect/classical.h"

#include <algorithm>
#include <cmath>

namespace torpor::detect {

// Solves L y = z from the first row down, and measures y.
double ClassicalDistance(std::span<const float> z, std::span<const float> factor,
                         std::span<double> whitened) {
  const float* row = factor.data();
  double squares = 0;
  for (std::size_t i = 0; i < whitened.size(); ++i) {
    double rest = double{z[ClassicalFeature(i)]};
    for (std::size_t j = 0; j < i; ++j) rest -= double{row[j]} * whitened[j];
    whitened[i] = rest / double{row[i]};
    squares += whitened[i] * whitened[i];
    row += i + 1;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(1, whitened.size()));
  return std::sqrt(squares / count);
}

}  // namespace torpor::detect

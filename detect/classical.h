// The classical channel: how far a mean of log-mel spectra lies from the machine's own
// commissioning, in the fleet's covariance. It reads none of the other features.
#pragma once

#include <cstddef>
#include <span>

#include "signal/features.h"

namespace torpor::detect {

// The log-mel features of a window of `axes` axes, and where the i-th of them stands
// among all features.
constexpr std::size_t ClassicalFeatures(std::size_t axes) {
  return axes * signal::kBands;
}
constexpr std::size_t ClassicalFeature(std::size_t i) {
  return i / signal::kBands * signal::kFeaturesPerAxis + i % signal::kBands;
}

// sqrt(mean((L^-1 z)^2)) of the log-mel part of `z`, which has all features. `factor` is
// the lower triangle of L, row after row; `whitened` has room for L^-1 z.
// Source: Mahalanobis 1936.
[[nodiscard]] double ClassicalDistance(std::span<const float> z,
                                       std::span<const float> factor,
                                       std::span<double> whitened);

}  // namespace torpor::detect

// The classical channel: how far a mean of log-mel spectra lies from the machine's own
// commissioning, in the fleet's covariance. It reads none of the other features.
#pragma once

#include <cstddef>
#include <span>

#include "model/assemble.h"
#include "signal/features.h"

namespace torpor::detect {

static_assert(model::kAxisSpectrum == signal::kBands);
static_assert(model::kAxisFeatures == signal::kFeaturesPerAxis);

// Of `axes` axes.
constexpr std::size_t ClassicalFeatures(std::size_t axes) {
  return axes * model::kAxisSpectrum;
}

// sqrt(mean((L^-1 z)^2)) over the log-mel features; `whitened` has all features, those
// of the spectrum whitened (model::Whiten). Source: Mahalanobis 1936.
[[nodiscard]] double ClassicalDistance(std::span<const float> whitened);

// The median over exemplars, one after another, `features` each: how far this machine
// usually is from its own mean. 1 where there is none, or where it is nothing.
[[nodiscard]] double UsualDistance(std::span<const float> exemplars,
                                   std::size_t features);

}  // namespace torpor::detect

// From the features of a machine to what a network looks at: how far each is from the
// machine's own normal, and from the most similar minute of its own commissioning.
// Freestanding.
#pragma once

#include <cstddef>
#include <span>

#include "core/result.h"
#include "model/reference/network_view.h"
#include "signal/features.h"

namespace torpor::model {

// The features of an axis are places of eight; each is one token.
inline constexpr std::size_t kTokenFeatures = signal::kPositionWidth;
inline constexpr std::size_t kTokensPerAxis = signal::kPositions;
inline constexpr std::size_t kAxisFeatures = signal::kFeaturesPerAxis;
inline constexpr std::size_t kTokenInputs = 2 * kTokenFeatures;
inline constexpr std::size_t kMaxExemplars = 8;

// Of every feature: what is normal for this machine.
struct Normal {
  std::span<const float> mean;
  std::span<const float> inverse_scale;
  // z of up to kMaxExemplars minutes of commissioning, one after another; may be empty.
  std::span<const float> exemplars;
  // Lower triangle of the Cholesky factor L of the fleet's covariance of z of the log-mel
  // features, row after row, as a baseline has it; empty: nothing is whitened.
  std::span<const float> factor;
};

// Log-mel features lead each axis.
inline constexpr std::size_t kAxisSpectrum = signal::kBands;
// Where the i-th of them stands among the features of all axes.
constexpr std::size_t SpectrumFeature(std::size_t i) {
  return i / kAxisSpectrum * kAxisFeatures + i % kAxisSpectrum;
}

// Puts L^-1 z in place of z for the log-mel features of all axes together; the others
// stay. What a healthy fleet varies together counts once, as the classical channel
// counts it.
//   kBatchShape  no whole axis, or a factor of another size
[[nodiscard]] Status Whiten(std::span<const float> factor, std::span<float> z);

// `features` is axes * kAxisFeatures, axis after axis; `out` twice that: of each token
// eight z = (feature - mean) * inverse_scale, whitened, then eight z - e, e being the
// nearest exemplar by squared distance within this token (of equally near ones the first;
// zero if there is none). Nothing is cut or squashed.
//   kBatchShape  no feature, or sizes that do not fit each other
//   kNotANumber  a value of the result is not finite
[[nodiscard]] Status Assemble(std::span<const float> features, const Normal& normal,
                              std::span<float> out);

// z alone, whitened, of the size of features: what exemplars are made of.
//   kBatchShape, kNotANumber  as Assemble
[[nodiscard]] Status Standardise(std::span<const float> features, const Normal& normal,
                                 std::span<float> z);

// How many tokens a network of this shape makes of a sensor: one for each place of each
// axis (positions 16, inputs 16), or a single one of everything (positions 1, inputs 256
// an axis).
//   kModelMismatch  it was made for another sensor
[[nodiscard]] Result<std::size_t> TokensFor(const NetworkShape& shape, std::size_t axes);

}  // namespace torpor::model

// What a window of any contract sounds like, as the numbers that a network sees: for each
// axis how loud (log-mel), how knocking (impulsiveness) and how regularly knocking
// (modulation) the machine is. docs/tokens.md has the formulas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/status.h"
#include "signal/axis.h"
#include "signal/features.h"
#include "signal/impulsiveness.h"
#include "signal/log_mel.h"
#include "signal/modulation.h"
#include "signal/shape.h"
#include "signal/wavelet_packet.h"

namespace torpor::signal {

// Any window of 128 frames or more has all features, whatever its rate; a short one tells
// less by them (wider sub-bands, fewer rates of modulation). Every feature is finite,
// whatever the samples are: silent, constant, saturated, or noise.
//
// Gravity and bias are taken off first. The samples at the end that do not fill a column
// of 32 are heard by log-mel only.
//
// 52 kB, no heap: put it where it stays. One thread at a time.
class Tokens {
 public:
  static constexpr std::uint32_t kMinFrames = 2 * LogMel::kMinFrame;

  // Once, before Compute.
  //   kBatchShape  no axis or more than kMaxAxes, fewer than kMinFrames frames, or a rate
  //                or full scale of 0
  [[nodiscard]] Status Prepare(const Shape& shape);

  // Axis after axis, kFeaturesPerAxis each.
  //   kBatchShape  not prepared, or not shape.samples() in and features() out
  [[nodiscard]] Status Compute(std::span<const std::int16_t> samples,
                               std::span<float> features);

  [[nodiscard]] std::size_t features() const { return shape_.axes * kFeaturesPerAxis; }
  // Of a feature of an axis, 0 to kFeaturesPerAxis - 1, once prepared.
  [[nodiscard]] FeatureMeaning Meaning(std::size_t feature) const;

 private:
  void ComputeAxis(const Axis& axis, std::span<float, kFeaturesPerAxis> features);

  Shape shape_;  // axes is 0 until prepared
  LogMel log_mel_;
  WaveletPacket packet_;
  Impulsiveness impulsiveness_;
  Modulation modulation_;
};

}  // namespace torpor::signal

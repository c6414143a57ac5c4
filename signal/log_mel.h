// Where in frequency a machine shakes, and how much: the logarithm of the power density
// in 64 mel bands of each axis. This is what every detector of torpor looks at.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/status.h"
#include "signal/features.h"
#include "signal/shape.h"

namespace torpor::signal {

inline constexpr std::size_t kMaxLogMelFeatures = kBands * kMaxAxes;

// Frames of a power of two samples (1024, or half of a shorter window) under a Hann
// window, overlapping by half, power averaged over the frames. Gravity lies below the
// lowest band.
//
// About 30 kB, no heap: put it where it stays. One thread at a time.
// Source: Welch 1967 (averaged periodograms); mel(f) = 2595 log10(1 + f / 700),
// O'Shaughnessy 1987.
class LogMel {
 public:
  static constexpr std::size_t kMaxFrame = 1024;
  static constexpr std::size_t kMinFrame = 64;

  // Once, before Compute.
  //   kBatchShape  no axis or more than kMaxAxes, fewer than two frames of kMinFrame
  //                samples, or a rate or full scale of 0
  [[nodiscard]] Status Prepare(const Shape& shape);

  // Natural logarithm of g^2/Hz, axis after axis, kBands each, lowest band first. Half a
  // step of the converter is added as noise, so that silence is a number.
  //   kBatchShape  not prepared, or not shape.samples() in and axes * kBands out
  [[nodiscard]] Status Compute(std::span<const std::int16_t> samples,
                               std::span<float> bands);
  // The same of one axis.
  //   kBatchShape  not prepared, not shape.samples() in, or no such axis
  [[nodiscard]] Status ComputeAxis(std::span<const std::int16_t> samples,
                                   std::size_t axis, std::span<float, kBands> bands);

  [[nodiscard]] std::size_t features() const { return shape_.axes * kBands; }
  // Edges of the bands, in Hz, kBands + 1 of them; for documents and tests.
  [[nodiscard]] float EdgeHz(std::size_t edge) const;

 private:
  void AddPower(std::span<const std::int16_t> samples, std::size_t axis);
  void Bands(double density_per_power, std::span<float> bands) const;

  Shape shape_;  // axes is 0 until prepared
  std::size_t frame_ = 0;
  std::array<float, kBands + 1> edges_{};  // in bins
  std::array<float, kMaxFrame> hann_{};
  std::array<float, kMaxFrame> in_{};
  std::array<std::complex<float>, kMaxFrame / 2 + 1> out_{};
  std::array<float, kMaxFrame / 2 + 1> power_{};
  // kissfft's plan lies in this memory, never on the heap.
  alignas(std::max_align_t) std::array<std::byte, 16'384> plan_{};
  bool planned_ = false;
};

}  // namespace torpor::signal

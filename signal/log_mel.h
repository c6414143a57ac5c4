// Where in frequency a machine shakes, and how much: the logarithm of the power density
// in 64 mel bands of each axis. This is what every detector of torpor looks at.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/status.h"
#include "signal/features.h"
#include "signal/shape.h"
#include "signal/welch.h"

namespace torpor::signal {

inline constexpr std::size_t kMaxLogMelFeatures = kBands * kMaxAxes;

// Frames of a power of two samples (1024, or half of a shorter window) under a Hann
// window, overlapping by half, power averaged over the frames. The mean is taken off, and
// what little gravity is left lies below the lowest band.
//
// 21 kB, no heap: put it where it stays. One thread at a time.
// Source: Welch 1967 (averaged periodograms); mel(f) = 2595 log10(1 + f / 700),
// O'Shaughnessy 1987.
class LogMel {
 public:
  static constexpr std::size_t kMaxFrame = 1024;
  static constexpr std::size_t kMinFrame = 64;
  static constexpr std::size_t kBlock = 512;

  // Once, before anything else.
  //   kBatchShape  no axis or more than kMaxAxes, fewer than two frames of kMinFrame
  //                samples, or a rate or full scale of 0
  [[nodiscard]] Status Prepare(const Shape& shape);

  // Natural logarithm of g^2/Hz, axis after axis, kBands each, lowest band first. Half a
  // step of the converter is added as noise, so that silence is a number.
  //   kBatchShape  not prepared, or not shape.samples() in and axes * kBands out
  [[nodiscard]] Status Compute(std::span<const std::int16_t> samples,
                               std::span<float> bands);

  // The same of one axis, block by block, for whoever has read them already: samples less
  // their mean, in steps, are written into Room() and pushed.
  void Restart() { welch_.Restart(frame_); }
  [[nodiscard]] std::span<float, kBlock> Room() { return welch_.Room(); }
  void Push(std::size_t count) { welch_.Push(count, scratch_); }
  void Finish(std::span<float, kBands> bands);

  [[nodiscard]] std::size_t features() const { return shape_.axes * kBands; }
  // Edges of the bands, in Hz, kBands + 1 of them; for documents and tests.
  [[nodiscard]] float EdgeHz(std::size_t edge) const;

 private:
  using Frames = Welch<kMaxFrame, kBlock>;

  Shape shape_;  // axes is 0 until prepared
  std::size_t frame_ = kMinFrame;
  std::array<float, kBands + 1> edges_{};  // in bins
  Frames welch_;
  Frames::Scratch scratch_;
};

}  // namespace torpor::signal

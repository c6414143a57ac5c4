// Power spectra of frames of real samples, two frames at the price of one.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <span>

#include "core/status.h"

namespace torpor::signal {

// Two real frames a and b, taken as one complex a + i b with the spectrum Z, satisfy
// |A[k]|^2 + |B[k]|^2 = (|Z[k]|^2 + |Z[n - k]|^2) / 2, so where only a sum of powers is
// wanted they need not be told apart. No heap.
class PairedSpectrum {
 public:
  static constexpr std::size_t kMaxFrame = 256;
  static constexpr std::size_t kMinFrame = 8;

  // Once, before Add.
  //   kBatchShape  not a power of two from kMinFrame to kMaxFrame
  [[nodiscard]] Status Prepare(std::size_t frame);

  // Adds the power of two frames under a Hann window to `power`, frame / 2 + 1 bins. An
  // empty `second` is one of zeros.
  void Add(std::span<const float> first, std::span<const float> second,
           std::span<float> power);

  // Sum of the window's squares.
  [[nodiscard]] double window_power() const { return window_power_; }
  [[nodiscard]] std::size_t frame() const { return frame_; }

 private:
  std::size_t frame_ = 0;
  double window_power_ = 0;
  std::array<float, kMaxFrame> hann_{};
  std::array<std::complex<float>, kMaxFrame> in_{};
  std::array<std::complex<float>, kMaxFrame> out_{};
  // kissfft's plan lies in this memory, never on the heap.
  alignas(std::max_align_t) std::array<std::byte, 4'096> plan_{};
};

// Mean over the bins from `low` to `high`, in bins; of those at the edges the share that
// lies inside counts, so that a band narrower than a bin has a value too.
[[nodiscard]] double BandMean(std::span<const float> power, float low, float high);

}  // namespace torpor::signal

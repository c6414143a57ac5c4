// How far the vibration of each sub-band is from noise: rare loud moments raise it long
// before they raise the level.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/status.h"
#include "signal/features.h"
#include "signal/wavelet_packet.h"

namespace torpor::signal {

// Natural logarithm of a sub-band's kurtosis over that of noise (3): 0 for noise and for
// silence, -1.1 for a coefficient that never changes its size, log(n / 3) for a single
// knock in n coefficients. The converter's rounding is taken into account as Gaussian
// noise, so that a silent band is ordinary, not undefined.
//
// A window of less than kEnough coefficients to a sub-band has wider ones instead, each
// standing for its parts. Source: Antoni and Randall 2006 (the kurtogram).
class Impulsiveness {
 public:
  static constexpr std::size_t kEnough = 16;

  // For windows of `columns` columns of the packet, 4 or more.
  void Prepare(std::size_t columns);
  void Restart();
  // The first `columns` columns of the packet's newest block.
  void Push(const WaveletPacket& packet, std::size_t columns);
  // `noise` is the power of the converter's rounding in one coefficient.
  void Finish(float noise, std::span<float, kSubBands> features) const;

 private:
  static constexpr std::size_t kLanes = 4;  // sums side by side, to be vectorised
  struct Sums {
    std::array<float, kLanes> squares{};
    std::array<float, kLanes> fourths{};
  };

  static void Add(std::span<const float, WaveletPacket::kColumns> x, Sums& sums);

  std::size_t level_ = WaveletPacket::kDepth;
  std::size_t columns_ = 0;  // so far
  std::array<Sums, kSubBands> sums_{};
};

}  // namespace torpor::signal

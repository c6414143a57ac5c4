// A small filter that changes how a machine sounds.
#pragma once

#include <span>

namespace torpor::train {

// Two poles, two zeros. A default one changes nothing.
// Source: R. Bristow-Johnson, Cookbook formulae for audio equalizer biquad filter
// coefficients (W3C note, 2021).
struct Biquad {
  double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;

  // A resonance (or, below 0 dB, a hole) of that quality at hz.
  [[nodiscard]] static Biquad Peak(double hz, double quality, double db, double rate_hz);

  [[nodiscard]] bool flat() const;
  void Run(std::span<float> signal) const;
};

}  // namespace torpor::train

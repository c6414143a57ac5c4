// One mode of a structure: struck, it rings at its frequency and decays.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

#include "simulate/random.h"

namespace torpor::simulate {

// The recursion y[n] = x[n] + phi1 y[n-1] + phi2 y[n-2], whose free motion is exactly a
// sampled e^(-zeta w t) sin(w_d t). A strike at any moment, between samples or before the
// window, is exact too: nothing needs to run in. Stable for 0 < zeta < 1 and hz below
// half the rate. Source: impulse invariance; Box and Jenkins, "Time Series Analysis",
// AR(2) processes, for the variances.
class Resonator {
 public:
  Resonator(double hz, double zeta, double rate_hz)
      : decay_(2 * std::numbers::pi * hz / rate_hz * zeta),
        turn_(2 * std::numbers::pi * hz / rate_hz * std::sqrt(1 - zeta * zeta)),
        phi1_(2 * std::exp(-decay_) * std::cos(turn_)),
        phi2_(-std::exp(-2 * decay_)) {}

  // Displacement `samples` after a strike of 1: e^(-zeta w t) sin(w_d t).
  [[nodiscard]] double Ring(double samples) const {
    return std::exp(-decay_ * samples) * std::sin(turn_ * samples);
  }

  // Starts from the motion that white noise of standard deviation `drive` has long kept
  // up.
  void StartFromNoise(double drive, Random& random) {
    const double deviation = drive * NoiseGain();
    const double correlation = phi1_ / (1 - phi2_);
    last_ = deviation * random.Normal();
    before_ = correlation * last_ +
              std::sqrt(1 - correlation * correlation) * deviation * random.Normal();
  }

  // Adds a strike at sample position `at`, which may be before the window (negative).
  void Strike(double at, double strength, std::span<double> drive) {
    if (at < 0) {
      last_ += strength * Ring(-1 - at);
      before_ += strength * Ring(-2 - at);
      return;
    }
    const double next = std::ceil(at);
    const auto n = static_cast<std::size_t>(next);
    const double first = Ring(next - at);
    if (n < drive.size()) drive[n] += strength * first;
    if (n + 1 < drive.size()) {
      drive[n + 1] += strength * (Ring(next + 1 - at) - phi1_ * first);
    }
  }

  // Turns the drive into the motion, in place.
  void Run(std::span<double> drive_to_motion) {
    for (double& value : drive_to_motion) {
      value += phi1_ * last_ + phi2_ * before_;
      before_ = last_;
      last_ = value;
    }
  }

  // Standard deviation of the motion for white noise of deviation 1.
  [[nodiscard]] double NoiseGain() const {
    return std::sqrt((1 - phi2_) /
                     ((1 + phi2_) * ((1 - phi2_) * (1 - phi2_) - phi1_ * phi1_)));
  }

 private:
  double decay_;  // per sample
  double turn_;   // radians per sample
  double phi1_;
  double phi2_;
  double last_ = 0;
  double before_ = 0;
};

}  // namespace torpor::simulate

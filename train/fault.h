// Faults that nobody had to wait for: what a damaged bearing adds to healthy windows, in
// time, before the front end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "signal/shape.h"
#include "simulate/random.h"
#include "train/recipe.h"

namespace torpor::train {

// One fault, the same over all windows of a minute; where its strikes fall is each
// window's own.
struct Fault {
  enum class Kind : std::uint8_t { kStrikes, kNoise, kHarmonics };
  struct Mode {
    double hz = 0, damping = 0;
    std::array<double, signal::kMaxAxes> share{};  // of each axis
  };
  static constexpr std::size_t kModes = 3;
  static constexpr std::size_t kHarmonicCount = 16;

  Kind kind = Kind::kStrikes;
  double hz = 0;          // of the strikes, or the first harmonic
  double jitter = 0;      // of the time between two strikes
  double uneven = 0;      // of the strength of a strike
  double load_hz = 0;     // at which the load zone comes round
  double load_depth = 0;  // 0: always under the same load
  std::size_t modes = 1;  // through which the housing rings
  std::array<Mode, kModes> mode{};
  std::array<double, kHarmonicCount> harmonics{};
  std::array<double, signal::kMaxAxes> level{};  // RMS of each axis, of its background's
};

// Strikes at random intervals around a rate, weighted by a load zone, through up to three
// resonances; or noise through them; or harmonics.
// Source: McFadden and Smith 1984 (strikes and load zone), Antoni and Randall 2003
// (jitter makes them cyclostationary); resonances ring as simulate/resonator.h says.
[[nodiscard]] Fault DrawFault(const FaultRecipe& recipe, double rate_hz, std::size_t axes,
                              simulate::Random& random);

// Adds the fault to the windows of one minute: window after window, in each axis after
// axis, `frames` long. Levels hold over the minute.
void AddFault(const Fault& fault, const signal::Shape& shape, std::span<float> minute,
              simulate::Random& random);

}  // namespace torpor::train

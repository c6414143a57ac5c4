// Whether a window was measured by a sensor that works. A broken sensor is a reason to
// abstain, never an anomaly of the bearing.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/status.h"
#include "signal/shape.h"

namespace torpor::signal {

// Of each axis over one window, in g.
struct Levels {
  std::array<float, kMaxAxes> offset_g{};  // mean: gravity and bias
  std::array<float, kMaxAxes> rms_g{};     // around the mean

  // Root of the sum of squares over all axes: how much the machine shakes.
  [[nodiscard]] float total_rms_g() const;
};

// A few samples at a rail are what failing bearings do; more than one in this many of an
// axis is a sensor that no longer tells what happens.
inline constexpr std::uint32_t kClippedOneIn = 100;

// Measures the levels and judges the sensor, the first axis that fails first.
//   kBatchShape     not the shape's number of samples, or the shape is impossible
//   kSensorDead     an axis moves by no more than one code of its converter, or holds one
//                   value for more than half of the window
//   kSensorClipped  more than one in kClippedOneIn samples of an axis is at a rail, or at
//                   its own extreme, and at least twice as many as near to it: a flat
//                   top, which a saturated amplifier makes below the rail
//   kSensorOffset   the mean of an axis is beyond three quarters of full scale
// The converter's code is found in the samples, for Shape does not tell the bits: chips
// of 12 set the high ones, and clip below 32767.
[[nodiscard]] Status CheckSensor(std::span<const std::int16_t> samples,
                                 const Shape& shape, Levels& levels);

}  // namespace torpor::signal

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

// Measures the levels and judges the sensor.
//   kBatchShape     not the shape's number of samples, or the shape is impossible
//   kSensorDead     an axis moves by no more than one step
//   kSensorClipped  more than one in kClippedOneIn samples of an axis is at a rail
//   kSensorOffset   the mean of an axis is beyond three quarters of full scale
[[nodiscard]] Status CheckSensor(std::span<const std::int16_t> samples,
                                 const Shape& shape, Levels& levels);

}  // namespace torpor::signal

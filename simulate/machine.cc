#include "simulate/machine.h"

#include <cmath>
#include <numbers>

#include "simulate/random.h"

namespace torpor::simulate {
namespace {

// Two modes below 1.6 kHz are seen by a robot's own sensor at 3.2 kHz, the others by a
// bench's.
struct Band {
  double low_hz;
  double high_hz;
};
constexpr std::array<Band, 4> kBands = {
    {{320, 620}, {700, 1350}, {1900, 3600}, {4500, 9000}}};

PerAxis DrawShape(Random& random) {
  PerAxis shape{};
  for (double& axis : shape) {
    axis = random.Uniform(0.25, 1);
    if (random.Uniform(-1, 1) < 0) axis = -axis;
  }
  return shape;
}

Harmonic DrawHarmonic(Random& random, double low_g, double high_g) {
  Harmonic harmonic;
  const double level = random.LogUniform(low_g, high_g);
  for (std::size_t axis = 0; axis < kMaxAxes; ++axis) {
    harmonic.g[axis] = level * random.Uniform(0.4, 1);
    harmonic.phase[axis] = random.Uniform(0, 2 * std::numbers::pi);
  }
  return harmonic;
}

}  // namespace

Machine DrawMachine(std::uint64_t seed, std::size_t axes) {
  Random random({seed, 0x6D616368});  // drawn in this order for ever: add at the end
  Machine machine;
  for (std::size_t i = 0; i < machine.structure.size(); ++i) {
    machine.structure[i] = {.hz = random.LogUniform(kBands[i].low_hz, kBands[i].high_hz),
                            .damping = random.LogUniform(0.03, 0.08),
                            .shape = DrawShape(random)};
  }
  machine.suspension = {
      .hz = random.Uniform(9, 18), .damping = random.Uniform(0.15, 0.3), .shape = {}};
  for (double& sideways : machine.suspension.shape) sideways = random.Uniform(0.05, 0.25);
  machine.suspension.shape[axes - 1] = 1;
  machine.shaft_factor = random.Uniform(0.97, 1.03);
  machine.slip = random.Uniform(0, 0.008);
  machine.slip_jitter = random.Uniform(0.004, 0.012);
  machine.load_zone_extent = random.Uniform(0.35, 0.6);
  machine.shaft = {DrawHarmonic(random, 0.006, 0.03), DrawHarmonic(random, 0.003, 0.015),
                   DrawHarmonic(random, 0.001, 0.006)};
  machine.gear = DrawHarmonic(random, 0.008, 0.04);
  machine.teeth = std::floor(random.Uniform(13, 24));
  machine.gear_modulation = random.Uniform(0.1, 0.4);
  machine.rolling_g = random.LogUniform(0.04, 0.1);
  machine.floor_g = random.LogUniform(0.02, 0.06);
  machine.joint_g = random.LogUniform(0.1, 0.4);
  machine.failed_g = random.LogUniform(4, 9);

  // Mounted a few degrees askew; no sensor's zero is zero.
  double level = 1;
  for (std::size_t axis = 0; axis < kMaxAxes; ++axis) {
    const double askew = std::sin(random.Uniform(-0.05, 0.05));
    const double zero = random.Uniform(-0.02, 0.02);
    machine.gravity_g[axis] = askew + zero;
    machine.sensor_noise_g_per_root_hz[axis] = random.Uniform(60e-6, 130e-6);
    if (axis + 1 < axes) level -= askew * askew;
    if (axis + 1 == axes) machine.gravity_g[axis] = std::sqrt(level) + zero;
  }
  return machine;
}

}  // namespace torpor::simulate

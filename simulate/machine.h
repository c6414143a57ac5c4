// One machine among many of its kind: what a seed makes different between two robots of
// the same drawing. Levels are in g at nominal speed and load.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace torpor::simulate {

inline constexpr std::size_t kMaxAxes = 6;
using PerAxis = std::array<double, kMaxAxes>;

struct Mode {
  double hz = 0;
  double damping = 0;  // of critical
  PerAxis shape{};     // motion of each axis for a motion of 1 of the mode
};

struct Harmonic {
  PerAxis g{};  // peak
  PerAxis phase{};
};

struct Machine {
  std::array<Mode, 4> structure{};  // housing and chassis, lowest first
  Mode suspension{};                // the robot on its wheels
  double shaft_factor = 1;          // of the nominal speed
  double slip = 0;                  // share by which defects are struck more slowly
  double slip_jitter = 0;           // of the time between two strikes, standard deviation
  double load_zone_extent = 0.5;
  std::array<Harmonic, 3> shaft{};  // unbalance, misalignment, looseness: 1, 2, 3 a turn
  Harmonic gear{};                  // at `teeth` a turn
  double teeth = 0;
  double gear_modulation = 0;  // once a turn
  double rolling_g = 0;  // RMS of each structural mode, from rolling and from the drive
  double floor_g = 0;    // RMS of the suspension on the floor
  double joint_g = 0;    // peak of the suspension at a joint of the floor
  double failed_g = 0;   // peak of a mode at a strike when the bearing has failed
  PerAxis gravity_g{};   // gravity and the sensor's own offset
  PerAxis sensor_noise_g_per_root_hz{};
};

// Purely from the seed; the last of `axes` points upward.
Machine DrawMachine(std::uint64_t seed, std::size_t axes);

}  // namespace torpor::simulate

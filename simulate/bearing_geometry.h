// How often a defect of a rolling bearing is struck in one turn of the shaft, from the
// bearing's dimensions alone.
#pragma once

#include <cmath>
#include <cstdint>

namespace torpor::simulate {

struct BearingGeometry {
  std::uint32_t balls = 0;
  double ball_diameter_mm = 0;
  double pitch_diameter_mm = 0;  // of the circle through the centres of the balls
  double contact_angle_rad = 0;
};

// Deep-groove ball bearing SKF 6205-2RS, as the CWRU Bearing Data Center measured it
// (0.3126 in and 1.537 in).
inline constexpr BearingGeometry kSkf6205{.balls = 9,
                                          .ball_diameter_mm = 7.940,
                                          .pitch_diameter_mm = 39.040,
                                          .contact_angle_rad = 0};

// Multiples of the shaft's speed; the outer race stands still.
struct DefectOrders {
  double outer = 0;  // BPFO: a ball passes a point of the outer race
  double inner = 0;  // BPFI: a ball passes a point of the inner race
  double spin = 0;   // BSF: a ball turns about itself; its defect strikes twice in a turn
  double cage = 0;   // FTF: the cage turns
};

// Kinematics of rolling without slip; real bearings deviate by a percent or two.
// Source: Randall and Antoni, "Rolling element bearing diagnostics - a tutorial",
// Mechanical Systems and Signal Processing 25 (2011), equations 1 to 4.
inline DefectOrders Orders(const BearingGeometry& bearing) {
  const double n = bearing.balls;
  const double ratio = bearing.ball_diameter_mm / bearing.pitch_diameter_mm *
                       std::cos(bearing.contact_angle_rad);
  return {.outer = n / 2 * (1 - ratio),
          .inner = n / 2 * (1 + ratio),
          .spin = bearing.pitch_diameter_mm / (2 * bearing.ball_diameter_mm) *
                  (1 - ratio * ratio),
          .cage = (1 - ratio) / 2};
}

// Share of the greatest ball load at `angle` from the load's direction, by Stribeck, for
// point contact (exponent 3/2). `extent` 0.5 loads half of the ring: no clearance, pure
// radial load.
// Source: Stribeck's equation as in Harris and Kotzalas, "Essential Concepts of Bearing
// Technology", 5th edition, chapter 7; applied to defects by McFadden and Smith, Journal
// of Sound and Vibration 96 (1984).
inline double LoadZone(double angle, double extent) {
  const double share = 1 - (1 - std::cos(angle)) / (2 * extent);
  return share > 0 ? share * std::sqrt(share) : 0;
}

}  // namespace torpor::simulate

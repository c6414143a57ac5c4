// How often a defect of a rolling bearing is struck in one turn of the shaft, from the
// bearing's dimensions alone.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace torpor::detect {

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

struct NamedBearing {
  std::string_view name;
  BearingGeometry geometry;
};

// Those that published measurements name. 6203: SKF 6203-2RS, CWRU Bearing Data Center
// (0.2656 in and 1.122 in). 6804: NSK 6804RS of PRONOSTIA (Nectoux et al. 2012, table 2).
inline constexpr std::array<NamedBearing, 3> kBearings{{
    {"6203", {8, 6.746, 28.499, 0}},
    {"6205", kSkf6205},
    {"6804", {13, 3.5, 25.6, 0}},
}};

// Nothing when the name is not among them.
inline std::optional<BearingGeometry> BearingOf(std::string_view name) {
  for (const NamedBearing& bearing : kBearings) {
    if (bearing.name == name) return bearing.geometry;
  }
  return std::nullopt;
}

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

}  // namespace torpor::detect

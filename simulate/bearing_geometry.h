// A bearing's dimensions (detect/bearing_geometry.h), and which part of it carries the
// load.
#pragma once

#include <cmath>

#include "detect/bearing_geometry.h"

namespace torpor::simulate {

using detect::BearingGeometry;
using detect::DefectOrders;
using detect::kSkf6205;
using detect::Orders;

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

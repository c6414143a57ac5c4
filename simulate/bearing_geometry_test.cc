#include "simulate/bearing_geometry.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace torpor::simulate {
namespace {

TEST(BearingGeometry, GivesThePublishedMultiplesOfTheSkf6205) {
  const DefectOrders orders = Orders(kSkf6205);
  // CWRU Bearing Data Center, "Bearing Information", drive end bearing 6205-2RS JEM SKF.
  EXPECT_NEAR(orders.outer, 3.5848, 3e-4);
  EXPECT_NEAR(orders.inner, 5.4152, 3e-4);
  EXPECT_NEAR(orders.spin * 2, 4.7135, 5e-4);
  EXPECT_NEAR(orders.cage, 0.39828, 3e-5);
}

TEST(BearingGeometry, KeepsTheIdentitiesOfRollingWithoutSlip) {
  const DefectOrders orders = Orders({.balls = 13,
                                      .ball_diameter_mm = 3.5,
                                      .pitch_diameter_mm = 25.6,
                                      .contact_angle_rad = 0.2});  // PRONOSTIA's bearing
  EXPECT_NEAR(orders.outer + orders.inner, 13, 1e-12) << "every ball passes both races";
  EXPECT_NEAR(orders.outer, 13 * orders.cage, 1e-12) << "the balls go with the cage";
}

TEST(BearingGeometry, LoadsOnlyTheZone) {
  EXPECT_EQ(LoadZone(0, 0.5), 1);
  EXPECT_NEAR(LoadZone(std::numbers::pi / 2, 0.5), 0, 1e-12) << "half of the ring";
  EXPECT_EQ(LoadZone(std::numbers::pi, 0.5), 0);
  EXPECT_NEAR(LoadZone(1, 0.5), std::pow(std::cos(1), 1.5), 1e-12);
}

}  // namespace
}  // namespace torpor::simulate

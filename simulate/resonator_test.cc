#include "simulate/resonator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace torpor::simulate {
namespace {

constexpr double kRate = 3200;

TEST(Resonator, AStrikeAtAnyMomentRingsAsTheFormulaSays) {
  for (const double at : {0.0, 7.0, 7.25, 7.999, -0.3, -1.0, -12.7}) {
    Resonator resonator(431, 0.02, kRate);
    std::vector<double> motion(400, 0);
    resonator.Strike(at, 3, motion);
    resonator.Run(motion);
    for (std::size_t n = 0; n < motion.size(); ++n) {
      const double since = static_cast<double>(n) - at;
      const double expected = since < 0 ? 0 : 3 * resonator.Ring(since);
      ASSERT_NEAR(motion[n], expected, 1e-9) << "strike at " << at << ", sample " << n;
    }
  }
}

TEST(Resonator, AStrikeAtTheEndOfTheWindowStaysInside) {
  Resonator resonator(431, 0.02, kRate);
  std::vector<double> motion(10, 0);
  for (const double at : {8.5, 9.0, 9.5, 10.0, 1e9}) resonator.Strike(at, 1, motion);
  resonator.Run(motion);
  EXPECT_NE(motion[9], 0);
}

TEST(Resonator, NoiseKeepsUpTheMotionFromTheFirstSampleOn) {
  Random random({20261123});
  double first = 0;
  double last = 0;
  double expected = 0;
  constexpr int kRounds = 20'000;
  for (int round = 0; round < kRounds; ++round) {
    Resonator resonator(431, 0.02, kRate);
    expected = resonator.NoiseGain() * resonator.NoiseGain();
    resonator.StartFromNoise(1, random);
    std::vector<double> motion(100);
    for (double& value : motion) value = random.Normal();
    resonator.Run(motion);
    first += motion.front() * motion.front() / kRounds;
    last += motion.back() * motion.back() / kRounds;
  }
  // The mean of 20,000 squares of a normal deviates by 1 % (one standard deviation).
  EXPECT_NEAR(first / expected, 1, 0.05);
  EXPECT_NEAR(last / expected, 1, 0.05);
}

}  // namespace
}  // namespace torpor::simulate

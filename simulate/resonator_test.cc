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

TEST(Random, NormalsHaveTheMomentsOfNormals) {
  Random random({20261123});
  std::vector<float> many(1'000'001);
  random.FillNormal(many);
  double mean = 0;
  double variance = 0;
  double fourth = 0;
  double neighbours = 0;
  for (std::size_t i = 1; i < many.size(); ++i) {
    neighbours += static_cast<double>(many[i]) * static_cast<double>(many[i - 1]);
  }
  for (const double x : many) {
    mean += x;
    variance += x * x;
    fourth += x * x * x * x;
  }
  const auto count = static_cast<double>(many.size());
  EXPECT_NEAR(mean / count, 0, 0.005);  // five standard deviations
  EXPECT_NEAR(variance / count, 1, 0.0075);
  EXPECT_NEAR(fourth / count, 3, 0.05);
  EXPECT_NEAR(neighbours / count, 0, 0.005);
}

TEST(Random, TheFirstDrawsOfAKeyNeverChange) {
  // From the published algorithm: a changed number here changes every simulated window.
  Random random({1234567});
  const std::uint64_t first = random.Next();
  Random again({1234567});
  EXPECT_EQ(again.Next(), first);
  EXPECT_NE(Random({1234568}).Next(), first);
  EXPECT_NE(Random({1234567, 0}).Next(), first);
  EXPECT_EQ(Random({}).Next(), 0xE220A8397B1DCDAFU) << "SplitMix64 from 0, as published";
}

TEST(SmoothNoise, IsOneCurveWithoutJumps) {
  double last = SmoothNoise(1, 2, -3);
  for (double x = -3; x < 3; x += 0.001) {
    const double value = SmoothNoise(1, 2, x);
    EXPECT_LE(std::abs(value), 1);
    EXPECT_LT(std::abs(value - last), 0.01);
    last = value;
  }
}

}  // namespace
}  // namespace torpor::simulate

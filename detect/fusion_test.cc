#include "detect/fusion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "detect/thresholds.h"

namespace torpor::detect {
namespace {

constexpr Thresholds kThresholds{2, -1};
constexpr Rule kRule{20, 3, 2, 3};

TEST(Fusion, OneIsTheThresholdOfEitherChannel) {
  EXPECT_EQ(Fuse({2, {}}, kThresholds).score, 1);
  EXPECT_EQ(Fuse({0, -1}, kThresholds).score, 1);
  EXPECT_NEAR(Fuse({0, -1 + std::log(3)}, kThresholds).score, 3, 1e-12);
}

TEST(Fusion, TheMoreAlarmedChannelSpeaks) {
  EXPECT_EQ(Fuse({3, -1}, kThresholds).spoke, Channel::kClassical);
  EXPECT_EQ(Fuse({3, -1}, kThresholds).score, 1.5);
  EXPECT_EQ(Fuse({3, 1}, kThresholds).spoke, Channel::kNetwork);
  EXPECT_EQ(Fuse({0, {}}, kThresholds).spoke, Channel::kClassical);
}

TEST(Fusion, AGrossFaultsLogitStaysANumberToLookAt) {
  EXPECT_NEAR(Fuse({0, 1e9}, kThresholds).score, kHighestNetworkScore, 1e-3);
  EXPECT_EQ(Fuse({0, -1e6}, kThresholds).score, 0);
  EXPECT_EQ(Fuse({5e6, 1e9}, kThresholds).score, 2.5e6);
}

// The network's silence leaves the distance: both channels then say the same.
TEST(Fusion, ASilentNetworkScoresAsTheDistanceDoes) {
  constexpr double kWeight = 10;
  const Thresholds thresholds{3, LogitOf(-2, kWeight, 3, 1.5)};
  EXPECT_NEAR(Fuse({0, LogitOf(-2, kWeight, 6, 1.5)}, thresholds).score, 2, 1e-12);
  EXPECT_NEAR(Fuse({0, LogitOf(8, kWeight, 3, 1.5)}, thresholds).score, std::exp(1),
              1e-12);
  EXPECT_TRUE(std::isfinite(LogitOf(0, kWeight, 0, 1)));
  EXPECT_EQ(LogitOf(4, 3, 1, 1), LogitOf(4, kLeastClassicalWeight, 1, 1));
}

Healthy Machine(std::initializer_list<Measured> cycles) { return cycles; }

TEST(Thresholds, AreTheHighestLevelAtWhichAnyMachineWouldHaveAlarmed) {
  // 2 of 3: of the first machine the level is 3 (3 and 9), of the second 4.
  const std::vector<Healthy> machines{Machine({{1, {}}, {9, {}}, {3, {}}, {1, {}}}),
                                      Machine({{4, {}}, {4, {}}, {2, {}}})};
  const auto found = FindThresholds(machines, kRule, {1.5, 1.0});
  EXPECT_EQ(found.thresholds.distance, 6);
  EXPECT_EQ(found.distance_by, 1U);
}

TEST(Thresholds, TheNetworkHasItsOwnWithItsOwnMargin) {
  const std::vector<Healthy> machines{Machine({{5, -4}, {5, -3}, {5, -3}}),
                                      Machine({{1, -9}, {1, -9}, {1, -9}})};
  const auto found = FindThresholds(machines, kRule, {1.0, 2.0});
  EXPECT_EQ(found.thresholds.distance, 5);
  EXPECT_NEAR(found.thresholds.logit, -3 + std::log(2), 1e-12);
  EXPECT_EQ(found.logit_by, 0U);
}

// Neither channel alone is twice over its level within three cycles, together they are.
TEST(Thresholds, RiseUntilTheChannelsDoNotAlarmByTakingTurns) {
  const std::vector<Healthy> machines{
      Machine({{4, -9}, {1, 0}, {1, -9}, {2, -9}, {2, -2}, {1, -2}})};
  const auto found = FindThresholds(machines, kRule, {1.0, 1.0});
  std::vector<double> fused;
  for (const Measured& m : machines[0]) fused.push_back(Fuse(m, found.thresholds).score);
  EXPECT_NEAR(AlarmLevel(fused, kRule), 1, 1e-9);
  EXPECT_EQ(found.thresholds.distance, 4) << "2 alone; 4 and 0 within two cycles";
}

TEST(Thresholds, ARuleThatNeverFilledHasNoLevel) {
  EXPECT_LT(AlarmLevel(std::vector<double>{7}, kRule), -1e300);
}

}  // namespace
}  // namespace torpor::detect

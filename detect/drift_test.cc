#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "detect/detector.h"
#include "detect/test_machines.h"

namespace torpor::detect {
namespace {

// What test machines stray within one window.
constexpr float kSpread = 0.3F;

class DriftTest : public testing::Test {
 protected:
  DriftTest() {
    while (!detector_.commissioned()) static_cast<void>(Next(0, 0));
  }

  // Every feature is `drift` spreads higher, and a fault raises every third band.
  Judgement Next(double drift, double fault) {
    Look look = LookAt(random_, 50, fault);
    for (float& value : look.output.values) value += kSpread * static_cast<float>(drift);
    return detector_.Judge(look.output);
  }
  // Cycles of `cycles` in which an anomaly was seen, as drift and fault grow to these.
  int Anomalies(int cycles, double drift, double fault) {
    int anomalies = 0;
    for (int i = 0; i < cycles; ++i) {
      const double share = static_cast<double>(i) / cycles;
      anomalies +=
          Next(drift * share, fault * share).verdict == Verdict::kAnomaly ? 1 : 0;
    }
    return anomalies;
  }

  Detector detector_{TestBaseline(), BoundTo({}, nullptr)};
  std::mt19937 random_{5};
};

// As quickly as within one commissioning, the same change is an anomaly.
TEST_F(DriftTest, ASeasonIsFollowedAndAJumpIsNot) {
  EXPECT_EQ(Anomalies(12000, 1.2, 0), 0);
  EXPECT_FALSE(detector_.in_episode());
  Detector fresh(TestBaseline(), BoundTo({}, nullptr));
  detector_ = std::move(fresh);
  while (!detector_.commissioned()) static_cast<void>(Next(0, 0));
  int anomalies = 0;
  for (int i = 0; i < 40; ++i) {
    anomalies += Next(1.2, 0).verdict == Verdict::kAnomaly ? 1 : 0;
  }
  EXPECT_GT(anomalies, 30);
}

TEST_F(DriftTest, AFaultThatGrowsAsSlowlyIsStillFound) {
  EXPECT_GT(Anomalies(12000, 0, 2), 0);
  EXPECT_TRUE(detector_.in_episode());
}

TEST_F(DriftTest, NoSeasonTakesTheMeanFartherThanItsLimit) {
  const auto before = detector_.context().mean;
  static_cast<void>(Anomalies(12000, 0.9, 0));
  for (int i = 0; i < 4000; ++i) static_cast<void>(Next(0.9, 0));
  const model::Context& context = detector_.context();
  double farthest = 0;
  for (std::size_t f = 0; f < context.features; ++f) {
    const double moved = (context.mean[f] - before[f]) * context.inverse_scale[f];
    farthest = std::max(farthest, std::abs(moved));
  }
  EXPECT_GT(farthest, 0.7);
  EXPECT_LE(farthest, kFarthestDrift + 1e-3);
}

TEST_F(DriftTest, NothingIsFollowedInAnEpisode) {
  for (int i = 0; i < 30; ++i) static_cast<void>(Next(0, 5));
  ASSERT_TRUE(detector_.in_episode());
  const auto before = detector_.context().mean;
  for (int i = 0; i < 100; ++i) static_cast<void>(Next(0, 5));
  EXPECT_EQ(detector_.context().mean, before);
}

}  // namespace
}  // namespace torpor::detect

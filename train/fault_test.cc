#include "train/fault.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "train/test_fleet.h"

namespace torpor::train {
namespace {

using simulate::Random;

std::vector<float> Background(std::size_t windows) {
  std::vector<float> minute(windows * kTestShape.samples());
  Random({5}).FillNormal(minute);
  for (std::size_t i = 0; i < minute.size(); ++i) {
    // The second axis is four times louder.
    if (i / kTestShape.frames % 2 == 1) minute[i] *= 4;
  }
  return minute;
}

double AxisRms(std::span<const float> minute, std::size_t axis) {
  double power = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < minute.size(); ++i) {
    if (i / kTestShape.frames % kTestShape.axes != axis) continue;
    power += double{minute[i]} * double{minute[i]};
    ++count;
  }
  return std::sqrt(power / static_cast<double>(count));
}

TEST(TrainFault, HasItsLevelAgainstTheBackgroundOfEachAxis) {
  std::set<Fault::Kind> kinds;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random({seed, 1});
    const Fault fault = DrawFault({}, kTestShape.rate_hz(), kTestShape.axes, random);
    kinds.insert(fault.kind);
    const std::vector<float> healthy = Background(6);
    std::vector<float> faulty = healthy;
    AddFault(fault, kTestShape, faulty, random);
    std::vector<float> added(healthy.size());
    std::ranges::transform(faulty, healthy, added.begin(), std::minus<>());
    for (std::size_t a = 0; a < kTestShape.axes; ++a) {
      EXPECT_NEAR(AxisRms(added, a) / AxisRms(healthy, a), fault.level[a],
                  0.01 * fault.level[a])
          << "seed " << seed;
    }
    const double loudest = 20 * std::log10(std::max(fault.level[0], fault.level[1]));
    EXPECT_GE(loudest, -18.001) << "seed " << seed;
    EXPECT_LE(loudest, 0.001) << "seed " << seed;
  }
  EXPECT_EQ(kinds.size(), 3U);
}

TEST(TrainFault, StrikesKnockAndHarmonicsDoNot) {
  const auto kurtosis = [](std::span<const float> x) {
    double two = 0, four = 0;
    for (const float v : x) {
      two += double{v} * double{v};
      four += std::pow(double{v}, 4);
    }
    return static_cast<double>(x.size()) * four / (two * two);
  };
  double strikes = 0, harmonics = 0;
  int struck = 0, hummed = 0;
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    Random random({seed, 2});
    const Fault fault = DrawFault({}, kTestShape.rate_hz(), kTestShape.axes, random);
    const std::vector<float> healthy = Background(6);
    std::vector<float> faulty = healthy;
    AddFault(fault, kTestShape, faulty, random);
    std::ranges::transform(faulty, healthy, faulty.begin(), std::minus<>());
    const double knocks = kurtosis(std::span(faulty).first(kTestShape.frames));
    if (!std::isfinite(knocks)) continue;  // not struck within this window
    if (fault.kind == Fault::Kind::kStrikes) strikes += knocks, ++struck;
    if (fault.kind == Fault::Kind::kHarmonics) harmonics += knocks, ++hummed;
  }
  ASSERT_GT(struck, 0);
  ASSERT_GT(hummed, 0);
  EXPECT_GT(strikes / struck, 2 * harmonics / hummed);
}

TEST(TrainFault, IsTheSameForTheSameKey) {
  std::vector<float> one = Background(2), other = Background(2);
  for (auto* minute : {&one, &other}) {
    Random random({8});
    const Fault fault = DrawFault({}, kTestShape.rate_hz(), kTestShape.axes, random);
    AddFault(fault, kTestShape, *minute, random);
  }
  EXPECT_EQ(one, other);
}

}  // namespace
}  // namespace torpor::train

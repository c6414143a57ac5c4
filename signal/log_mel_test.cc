#include "signal/log_mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

namespace torpor::signal {
namespace {

constexpr Shape kBench{25'600'000, 2, 2560, 64'000};
constexpr Shape kWarehouse{3'200'000, 3, 16'000, 8'000};

std::vector<std::int16_t> Tone(const Shape& shape, double hz, double steps,
                               double offset) {
  std::vector<std::int16_t> samples(shape.samples());
  for (std::size_t f = 0; f < shape.frames; ++f) {
    const double t = static_cast<double>(f) / shape.rate_hz();
    for (std::size_t a = 0; a < shape.axes; ++a) {
      samples[f * shape.axes + a] = static_cast<std::int16_t>(
          std::lround(offset + steps * std::sin(2 * std::numbers::pi * hz * t)));
    }
  }
  return samples;
}

std::vector<float> Compute(const Shape& shape, const std::vector<std::int16_t>& samples) {
  const auto log_mel = std::make_unique<LogMel>();
  EXPECT_EQ(log_mel->Prepare(shape), Status::kOk);
  std::vector<float> bands(log_mel->features(), -1e9F);
  EXPECT_EQ(log_mel->Compute(samples, bands), Status::kOk);
  return bands;
}

TEST(LogMel, PutsAToneIntoItsBandOnEveryAxis) {
  for (const Shape& shape : {kBench, kWarehouse}) {
    LogMel log_mel;
    ASSERT_EQ(log_mel.Prepare(shape), Status::kOk);
    for (const double share : {0.05, 0.2, 0.45}) {
      const double hz = share * shape.rate_hz();
      const auto bands = Compute(shape, Tone(shape, hz, 1000, 0));
      for (std::size_t a = 0; a < shape.axes; ++a) {
        const auto* first = bands.data() + a * kBands;
        const auto loudest =
            static_cast<std::size_t>(std::max_element(first, first + kBands) - first);
        EXPECT_LE(log_mel.EdgeHz(loudest), hz);
        EXPECT_GE(log_mel.EdgeHz(loudest + 1), hz);
      }
    }
  }
}

// Parseval: densities times widths are the mean square, whatever the window was.
TEST(LogMel, KeepsThePowerOfWhiteNoise) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, 500);
  for (const Shape& shape : {kBench, kWarehouse}) {
    std::vector<std::int16_t> samples(shape.samples());
    for (auto& x : samples) x = static_cast<std::int16_t>(std::lround(normal(random)));
    const auto bands = Compute(shape, samples);
    LogMel log_mel;
    ASSERT_EQ(log_mel.Prepare(shape), Status::kOk);
    double power = 0;
    for (std::size_t b = 0; b < kBands; ++b) {
      power +=
          std::exp(double{bands[b]}) * double{log_mel.EdgeHz(b + 1) - log_mel.EdgeHz(b)};
    }
    const double g = 500 * shape.g_per_step();
    EXPECT_NEAR(power / (g * g), 1.0, 0.06);
  }
}

TEST(LogMel, DoesNotHearGravityHoweverQuietTheMachine) {
  const auto level = Compute(kWarehouse, Tone(kWarehouse, 200, 3, 0));
  const auto tilted = Compute(kWarehouse, Tone(kWarehouse, 200, 3, 30'000));
  for (std::size_t i = 0; i < level.size(); ++i) EXPECT_NEAR(level[i], tilted[i], 0.01);
}

TEST(LogMel, CoversAllFrequenciesFromAboveGravityToHalfTheRate) {
  for (const Shape& shape : {kBench, kWarehouse}) {
    LogMel log_mel;
    ASSERT_EQ(log_mel.Prepare(shape), Status::kOk);
    const double bin_hz = shape.rate_hz() / LogMel::kMaxFrame;
    EXPECT_NEAR(log_mel.EdgeHz(0), 1.5 * bin_hz, 1e-3);
    EXPECT_NEAR(log_mel.EdgeHz(kBands), shape.rate_hz() / 2, 0.1);
    for (std::size_t b = 0; b < kBands; ++b) {
      EXPECT_LT(log_mel.EdgeHz(b), log_mel.EdgeHz(b + 1));
    }
  }
}

TEST(LogMel, TwiceTheAmplitudeIsAlwaysTheSameStep) {
  const auto one = Compute(kBench, Tone(kBench, 3000, 2000, 0));
  const auto two = Compute(kBench, Tone(kBench, 3000, 4000, 0));
  const auto loudest = std::max_element(one.begin(), one.begin() + kBands) - one.begin();
  EXPECT_NEAR(
      two[static_cast<std::size_t>(loudest)] - one[static_cast<std::size_t>(loudest)],
      std::log(4.0), 1e-3);
}

TEST(LogMel, SilenceAndSaturationAreFiniteNumbers) {
  for (const std::int16_t x : std::array<std::int16_t, 3>{0, 32767, -32768}) {
    for (const float value :
         Compute(kBench, std::vector<std::int16_t>(kBench.samples(), x))) {
      EXPECT_TRUE(std::isfinite(value));
    }
  }
}

TEST(LogMel, RefusesShapesItCannotTransform) {
  LogMel log_mel;
  std::vector<float> bands(kBands);
  EXPECT_EQ(log_mel.Compute({}, {}), Status::kBatchShape);
  for (const Shape& shape :
       {Shape{}, Shape{1'000, 0, 2560, 1}, Shape{1'000, 7, 2560, 1},
        Shape{1'000, 1, 127, 1}, Shape{0, 1, 2560, 1}, Shape{1'000, 1, 2560, 0}}) {
    EXPECT_EQ(log_mel.Prepare(shape), Status::kBatchShape);
    EXPECT_EQ(log_mel.Compute({}, bands), Status::kBatchShape);
  }
  ASSERT_EQ(log_mel.Prepare(Shape{100'000, 1, 128, 2'000}), Status::kOk);
  EXPECT_EQ(log_mel.Compute(std::vector<std::int16_t>(127), bands), Status::kBatchShape);
  EXPECT_EQ(log_mel.Compute(std::vector<std::int16_t>(128), bands), Status::kOk);
}

}  // namespace
}  // namespace torpor::signal

#include "signal/health.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace torpor::signal {
namespace {

constexpr Shape kShape{25'600'000, 2, 2560, 50'000};

// Two axes of a tone, as a working sensor gives.
std::vector<std::int16_t> Healthy() {
  std::vector<std::int16_t> samples(kShape.samples());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] =
        static_cast<std::int16_t>(300.0 * std::sin(0.1 * static_cast<double>(i)));
  }
  return samples;
}

void Fill(std::vector<std::int16_t>& samples, std::size_t axis, std::int16_t value) {
  for (std::size_t i = axis; i < samples.size(); i += kShape.axes) samples[i] = value;
}

Status Check(const std::vector<std::int16_t>& samples) {
  Levels levels;
  return CheckSensor(samples, kShape, levels);
}

TEST(Health, MeasuresOffsetAndLevelInG) {
  std::vector<std::int16_t> samples(kShape.samples());
  for (std::size_t i = 0; i < samples.size(); i += 2) {
    samples[i] = static_cast<std::int16_t>(i % 4 == 0 ? 1100 : 900);
    samples[i + 1] = static_cast<std::int16_t>(i % 4 == 0 ? 50 : -50);
  }
  Levels levels;
  ASSERT_EQ(CheckSensor(samples, kShape, levels), Status::kOk);
  const double g = kShape.g_per_step();
  EXPECT_NEAR(levels.offset_g[0], 1000 * g, 1e-5);
  EXPECT_NEAR(levels.rms_g[0], 100 * g, 1e-5);
  EXPECT_NEAR(levels.offset_g[1], 0, 1e-7);
  EXPECT_NEAR(levels.total_rms_g(), std::hypot(100 * g, 50 * g), 1e-5);
}

TEST(Health, AcceptsAWorkingSensor) { EXPECT_EQ(Check(Healthy()), Status::kOk); }

TEST(Health, NamesAnAxisThatDoesNotMove) {
  for (const std::int16_t stuck : std::array<std::int16_t, 4>{0, 17, 32767, -32768}) {
    auto samples = Healthy();
    Fill(samples, 1, stuck);
    EXPECT_EQ(Check(samples), Status::kSensorDead) << stuck;
  }
  EXPECT_EQ(Check(std::vector<std::int16_t>(kShape.samples())), Status::kSensorDead);
}

TEST(Health, ForgivesAFewSamplesAtARailButNotOnePerCent) {
  auto samples = Healthy();
  for (std::size_t i = 0; i < kShape.frames / kClippedOneIn; ++i) samples[2 * i] = 32767;
  EXPECT_EQ(Check(samples), Status::kOk);
  samples[4000] = -32768;
  EXPECT_EQ(Check(samples), Status::kSensorClipped);
}

TEST(Health, NamesAnOffsetBeyondWhatGravityCanBe) {
  auto samples = Healthy();
  for (std::size_t i = 0; i < samples.size(); i += 2) {
    samples[i] = static_cast<std::int16_t>(samples[i] + 25'000);
  }
  EXPECT_EQ(Check(samples), Status::kSensorOffset);
}

TEST(Health, RefusesAnotherNumberOfSamplesThanTheShapes) {
  auto samples = Healthy();
  samples.pop_back();
  EXPECT_EQ(Check(samples), Status::kBatchShape);
  EXPECT_EQ(Check({}), Status::kBatchShape);
  Levels levels;
  EXPECT_EQ(CheckSensor(Healthy(), Shape{25'600'000, 7, 2560, 50'000}, levels),
            Status::kBatchShape);
}

}  // namespace
}  // namespace torpor::signal

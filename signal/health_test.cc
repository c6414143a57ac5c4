#include "signal/health.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "signal/test_plain_health.h"

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

// Two axes of noise, as int16 or as a converter of fewer bits gives it.
std::vector<std::int16_t> Noise(double steps, int code = 1) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal(0, steps / code);
  std::vector<std::int16_t> samples(kShape.samples());
  for (auto& x : samples) {
    const double codes =
        std::clamp(std::round(normal(random)), -32768.0 / code, 32768.0 / code - 1);
    x = static_cast<std::int16_t>(static_cast<int>(codes) * code);
  }
  return samples;
}

TEST(Health, NamesAnAxisThatFreezesForHalfOfTheWindow) {
  for (const std::size_t from : {0U, 300U, 1279U}) {
    auto samples = Noise(300);
    for (std::size_t i = 0; i < 1281; ++i) samples[2 * (from + i)] = 57;
    EXPECT_EQ(Check(samples), Status::kSensorDead) << from;
  }
  auto samples = Noise(300);
  for (std::size_t i = 0; i < 1270; ++i) samples[2 * i] = 57;
  EXPECT_EQ(Check(samples), Status::kOk);
}

TEST(Health, NamesADeadAxisOfAConverterOfTwelveBits) {
  auto samples = Noise(300, 16);
  for (std::size_t i = 0; i < samples.size(); i += 2) {
    samples[i] = i % 10 < 4 ? std::int16_t{160} : std::int16_t{176};
  }
  EXPECT_EQ(Check(samples), Status::kSensorDead);
  samples[500] = 192;
  EXPECT_EQ(Check(samples), Status::kOk) << "three codes are a very quiet axis";
}

TEST(Health, NamesAnAxisAtTheRailOfAConverterOfTwelveBits) {
  auto samples = Noise(300, 16);
  for (std::size_t i = 0; i < 40; ++i) samples[4 * i] = 32'752;
  EXPECT_EQ(Check(samples), Status::kSensorClipped);
}

TEST(Health, NamesAnAmplifierThatSaturatesBelowTheRail) {
  for (const int low : {-20'000, -2'000}) {  // on both sides, or on one
    for (const int plateau : {0, 3}) {       // steps of the converter's noise on it
      auto samples = Noise(1'000);
      std::mt19937 random(12);
      for (std::size_t i = 1; i < samples.size(); i += 2) {
        const int noise = plateau == 0 ? 0 : static_cast<int>(random() % 4U);
        samples[i] = static_cast<std::int16_t>(
            samples[i] > 2'000 ? 2'000 - noise : std::max(int{samples[i]}, low));
      }
      EXPECT_EQ(Check(samples), Status::kSensorClipped) << low << ", " << plateau;
    }
  }
}

TEST(Health, AcceptsTonesNoiseKnocksAndQuietAxes) {
  for (const double steps : {1.0, 4.0, 40.0, 400.0, 4'000.0}) {
    EXPECT_EQ(Check(Noise(steps)), Status::kOk) << steps;
    EXPECT_EQ(Check(Noise(steps, 16)), steps < 4 ? Status::kSensorDead : Status::kOk)
        << steps;
    // A bare tone, which spends much of its time near its extremes.
    std::vector<std::int16_t> tone(kShape.samples());
    for (std::size_t i = 0; i < tone.size(); ++i) {
      const double angle = 0.7331 * static_cast<double>(i / 2);
      tone[i] = static_cast<std::int16_t>(std::lround(5 * steps * std::sin(angle)));
    }
    EXPECT_EQ(Check(tone), Status::kOk) << steps;
  }
  auto knocks = Noise(10);
  for (std::size_t i = 0; i < knocks.size(); i += 400) knocks[i] = 31'000;
  EXPECT_EQ(Check(knocks), Status::kOk);
}

TEST(Health, DoesNotTakeTheLoudestSampleOfAShortWindowForAFlatTop) {
  std::vector<std::int16_t> samples(90);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(i % 7 * 10);
  }
  samples[40] = 9'000;
  Levels levels;
  EXPECT_EQ(CheckSensor(samples, Shape{3'200'000, 1, 90, 16'000}, levels), Status::kOk);
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

// Windows of any length and number of axes, most of them sick in one of many ways.
TEST(Health, FindsWhatThePlainDefinitionFinds) {
  std::array<int, 4> found{};
  for (std::uint32_t seed = 0; seed < 3'000; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t bound) {
      return static_cast<std::uint32_t>(random() % bound);
    };
    const Shape shape{3'200'000, 1 + below(3), 1 + below(seed % 2 == 0 ? 60 : 2'000),
                      16'000};
    const int code = 1 << below(6);
    std::normal_distribution<double> normal(below(3) == 0 ? below(30'000) : 0,
                                            std::pow(10.0, below(450) / 100.0));
    const int high = below(3) == 0 ? static_cast<int>(below(20'000)) : 32'767;
    const int low = below(3) == 0 ? -static_cast<int>(below(20'000)) : -32'768;
    std::vector<std::int16_t> samples(shape.samples());
    for (auto& x : samples) {
      const double steps = std::clamp<double>(normal(random), low, high);
      x = static_cast<std::int16_t>(static_cast<int>(std::floor(steps / code)) * code);
    }
    const std::size_t from = below(shape.frames), to = from + below(shape.frames);
    const std::size_t axis = below(shape.axes);
    for (std::size_t i = from; i < std::min<std::size_t>(to, shape.frames); ++i) {
      samples[i * shape.axes + axis] = samples[from * shape.axes + axis];
    }
    Levels levels, plain;
    const Status status = CheckSensor(samples, shape, levels);
    ASSERT_EQ(status, PlainCheck(samples, shape, plain)) << "seed " << seed;
    ASSERT_EQ(levels.offset_g, plain.offset_g) << "seed " << seed;
    for (std::size_t a = 0; a < shape.axes; ++a) {
      ASSERT_NEAR(levels.rms_g[a], plain.rms_g[a], 1e-4) << "seed " << seed;
    }
    ++found[status == Status::kOk              ? 0
            : status == Status::kSensorDead    ? 1
            : status == Status::kSensorClipped ? 2
                                               : 3];
  }
  for (const int times : found) EXPECT_GT(times, 20) << "each is met";
}

}  // namespace
}  // namespace torpor::signal

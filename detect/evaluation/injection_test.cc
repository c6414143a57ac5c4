#include "detect/evaluation/injection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "detect/evaluation/minutes.h"

namespace torpor::detect::evaluation {
namespace {

constexpr signal::Shape kShape{25'600'000, 2, 2560, 50'000};

std::vector<float> Tone(double hz, double rate_hz, std::size_t samples) {
  std::vector<float> tone(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    tone[i] = static_cast<float>(
        7 + 3 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz));
  }
  return tone;
}

// Noise of 100 steps, and of 300 in the second axis.
std::vector<std::int16_t> Background(std::size_t windows) {
  std::mt19937 random(1);
  std::normal_distribution<double> noise(50, 1);
  std::vector<std::int16_t> minute(windows * kShape.samples());
  for (std::size_t i = 0; i < minute.size(); ++i) {
    minute[i] =
        static_cast<std::int16_t>((noise(random) - 50) * (i % 2 == 0 ? 100 : 300));
  }
  return minute;
}

double Rms(const std::vector<std::int16_t>& a, const std::vector<std::int16_t>& b,
           std::size_t axis) {
  double squares = 0;
  for (std::size_t i = axis; i < a.size(); i += 2) {
    squares += std::pow(a[i] - b[i], 2);
  }
  return std::sqrt(2 * squares / static_cast<double>(a.size()));
}

FaultSignal Fault(const std::vector<std::vector<float>>& channels) {
  return *MakeFaultSignal("fault", channels, 12'000, 25'600, kShape.frames);
}

TEST(FaultSignal, IsResampledWithoutItsMeanAndOfTheFirstChannelsLevel) {
  auto quiet = Tone(1000, 12'000, 24'000);
  for (float& x : quiet) x *= 0.25F;
  const FaultSignal fault = Fault({Tone(1000, 12'000, 24'000), quiet});
  ASSERT_EQ(fault.channels.size(), 2U);
  EXPECT_NEAR(static_cast<double>(fault.channels[0].size()), 51'200, 2);
  double squares[2] = {};
  double worst = 0;
  for (std::size_t i = 1000; i < 50'000; ++i) {
    squares[0] += std::pow(fault.channels[0][i], 2) / 49'000;
    squares[1] += std::pow(fault.channels[1][i], 2) / 49'000;
    const double angle = 2 * std::numbers::pi * 1000 * static_cast<double>(i) / 25'600;
    worst = std::max(worst, std::abs(double{fault.channels[0][i]} -
                                     std::numbers::sqrt2 * std::sin(angle)));
  }
  EXPECT_NEAR(squares[0], 1, 0.01);
  EXPECT_NEAR(squares[1], 1.0 / 16, 0.001);
  EXPECT_LT(worst, 0.01);  // the same tone at the new rate, not late
}

TEST(FaultSignal, RefusesWhatCannotBeUsed) {
  EXPECT_EQ(MakeFaultSignal("f", {Tone(9, 100, 100)}, 1, 25'600, 10).status(),
            Status::kRecordingRate);
  EXPECT_EQ(MakeFaultSignal("f", {Tone(9, 100, 100)}, 12'000, 25'600, 2560).status(),
            Status::kRecordingTooShort);
  EXPECT_EQ(MakeFaultSignal("f", {std::vector<float>(24'000, 1)}, 12'000, 25'600, 2560)
                .status(),
            Status::kRecordingTooShort);
}

TEST(Inject, AddsTheFaultAtTheLevelAskedForOfEachAxis) {
  const auto minute = Background(6);
  const FaultSignal fault = Fault({Tone(1000, 12'000, 24'000)});
  for (const double level : {-15.0, 0.0}) {
    const auto mixed = Inject(minute, kShape, fault, {level, 0, 2});
    ASSERT_EQ(mixed.size(), minute.size());
    const double gain = std::pow(10, level / 20);
    EXPECT_NEAR(Rms(mixed, minute, 0), 100 * gain, 3 * gain);
    EXPECT_NEAR(Rms(mixed, minute, 1), 300 * gain, 9 * gain);
  }
}

TEST(Inject, VariantsTakeOtherPiecesAndTheLastEndsWithTheRecording) {
  const auto minute = Background(6);
  std::mt19937 random(2);
  std::normal_distribution<float> noise(0, 1);
  std::vector<float> samples(24'000);
  for (float& x : samples) x = noise(random);
  const FaultSignal fault = Fault({samples});
  const auto first = Inject(minute, kShape, fault, {0, 0, 2});
  const auto last = Inject(minute, kShape, fault, {0, 1, 2});
  EXPECT_NE(first, last);
  const std::size_t frames = fault.channels[0].size();
  const double gain = (last.back() - minute.back()) / double{fault.channels[0].back()};
  EXPECT_NEAR(last[last.size() - 3] - minute[last.size() - 3],
              gain * double{fault.channels[0][frames - 2]}, 2);
}

TEST(Inject, StopsAtTheRails) {
  auto minute = Background(1);
  for (std::size_t i = 0; i < 40; ++i) {
    minute[i] = std::numeric_limits<std::int16_t>::max();
  }
  const auto mixed =
      Inject(minute, kShape, Fault({Tone(1000, 12'000, 24'000)}), {40, 0, 1});
  EXPECT_EQ(*std::ranges::max_element(mixed), std::numeric_limits<std::int16_t>::max());
  EXPECT_EQ(*std::ranges::min_element(mixed), std::numeric_limits<std::int16_t>::min());
}

TEST(MinuteMaker, AveragesWindowsAndDropsTheMinuteThatIsNotWhole) {
  MinuteMaker maker;
  ASSERT_EQ(maker.Prepare(kShape, 6), Status::kOk);
  const auto minute = Background(6);
  for (std::size_t w = 0; w < 13; ++w) {
    const auto window =
        std::span(minute).subspan(w % 6 * kShape.samples(), kShape.samples());
    ASSERT_EQ(maker.Add(window), Status::kOk);
  }
  const Minutes minutes = maker.Take();
  ASSERT_EQ(minutes.count(), 2U);
  EXPECT_EQ(minutes.windows.cols(), 12);
  const double g = kShape.g_per_step();
  EXPECT_NEAR(minutes.mean_square(0, 0), 1e4 * g * g, 3e2 * g * g);
  EXPECT_NEAR(minutes.mean_square(1, 1), 9e4 * g * g, 3e3 * g * g);
  EXPECT_NEAR(minutes.kurtosis(0, 0), 3, 0.2);
  // White noise has the same density everywhere: its power over half the rate.
  EXPECT_NEAR(minutes.line_power.col(0).head(128).mean(), 1e4 * g * g / 12'800,
              3e2 * g * g / 12'800);
  EXPECT_NEAR(minutes.tokens(70, 1), double{minutes.windows.row(70).tail(6).mean()},
              1e-4);
  EXPECT_EQ(maker.Add(std::span(minute).first(10)), Status::kBatchShape);
  EXPECT_EQ(MinuteMaker().Prepare(kShape, 0), Status::kOutOfRange);
}

TEST(MinuteMaker, TakesTheShapeOfARobotsImu) {
  MinuteMaker maker;
  ASSERT_EQ(maker.Prepare({100'000, 3, 500, 16'000}, 1), Status::kOk);
  EXPECT_EQ(maker.Add(std::vector<std::int16_t>(1500, 3)), Status::kOk);
  EXPECT_TRUE(maker.Take().tokens.allFinite());
}

}  // namespace
}  // namespace torpor::detect::evaluation

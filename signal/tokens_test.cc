#include "signal/tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

#include "signal/test_plain_tokens.h"

namespace torpor::signal {
namespace {

constexpr Shape kBench{25'600'000, 2, 2560, 64'000};
constexpr Shape kWarehouse{3'200'000, 3, 16'000, 8'000};

using Samples = std::vector<std::int16_t>;

// The same signal on every axis: steps as a function of time.
Samples Window(const Shape& shape, const std::function<double(double)>& steps) {
  Samples samples(shape.samples());
  for (std::size_t f = 0; f < shape.frames; ++f) {
    const double x = steps(static_cast<double>(f) / shape.rate_hz());
    for (std::size_t a = 0; a < shape.axes; ++a) {
      samples[f * shape.axes + a] =
          static_cast<std::int16_t>(std::lround(std::clamp(x, -32768.0, 32767.0)));
    }
  }
  return samples;
}

Samples Noise(const Shape& shape, double steps, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, steps);
  return Window(shape, [&](double) { return normal(random); });
}

// Knocks that ring at `ring_hz`, `rate_hz` of them a second, on a little noise.
Samples Knocks(const Shape& shape, double rate_hz, double ring_hz) {
  std::mt19937 random(2);
  std::normal_distribution<double> normal(0, 20);
  return Window(shape, [&](double t) {
    const double since = std::fmod(t, 1 / rate_hz);
    return normal(random) + 4000 * std::exp(-since * ring_hz / 2) *
                                std::sin(2 * std::numbers::pi * ring_hz * since);
  });
}

std::unique_ptr<Tokens> Prepared(const Shape& shape) {
  auto tokens = std::make_unique<Tokens>();
  EXPECT_EQ(tokens->Prepare(shape), Status::kOk);
  return tokens;
}

std::vector<float> Compute(const Shape& shape, const Samples& samples) {
  const auto tokens = Prepared(shape);
  std::vector<float> features(tokens->features(), std::nanf(""));
  EXPECT_EQ(tokens->Compute(samples, features), Status::kOk);
  return features;
}

bool AllFinite(const std::vector<float>& features) {
  return std::ranges::all_of(features, [](float x) { return std::isfinite(x); });
}

TEST(Tokens, BeginWithTheLogMelOfEveryAxis) {
  for (const Shape& shape : {kBench, kWarehouse}) {
    Samples samples = Noise(shape, 500);
    for (std::size_t i = 0; i < samples.size(); i += shape.axes) samples[i] /= 4;
    const auto log_mel = std::make_unique<LogMel>();
    ASSERT_EQ(log_mel->Prepare(shape), Status::kOk);
    std::vector<float> bands(log_mel->features());
    ASSERT_EQ(log_mel->Compute(samples, bands), Status::kOk);
    const auto features = Compute(shape, samples);
    for (std::size_t i = 0; i < bands.size(); ++i) {
      EXPECT_EQ(features[i / kBands * kFeaturesPerAxis + i % kBands], bands[i]);
    }
  }
}

TEST(Tokens, AreThePlainOnesWithinRounding) {
  for (const Shape& shape :
       {kBench, kWarehouse, Shape{3'200'000, 3, 1000, 8'000},
        Shape{100'000, 1, 500, 20'000}, Shape{25'600'000, 1, 128, 50'000},
        Shape{26'667'000, 1, 20'001, 16'000}}) {
    for (const Samples& samples :
         {Noise(shape, 500), Noise(shape, 0.4), Noise(shape, 1e5),
          Knocks(shape, 67, 0.33 * shape.rate_hz()), Samples(shape.samples(), 12'345)}) {
      const auto features = Compute(shape, samples);
      const auto plain = PlainTokens(samples, shape);
      for (std::size_t i = 0; i < features.size(); ++i) {
        ASSERT_NEAR(features[i], plain.value[i], plain.tolerance[i])
            << shape.frames << ", feature " << i;
        ASSERT_LT(plain.tolerance[i], 0.01) << shape.frames << ", feature " << i;
      }
    }
  }
}

TEST(Tokens, FindNothingImpulsiveAndNothingRegularInNoise) {
  for (const Shape& shape : {kBench, kWarehouse}) {
    const auto features = Compute(shape, Noise(shape, 800));
    // The deviation of a kurtosis is sqrt(24 / n), of its logarithm a third of that.
    const double n = shape.frames / 32.0 - 6;
    for (std::size_t i = kFirstSubBand; i < kFirstModulation; ++i) {
      EXPECT_NEAR(features[i], 0, 5 * std::sqrt(24 / n) / 3) << i;
    }
    // The envelope of noise is noise: twice the mean's square over half the rate.
    const double flat = std::log(2.0 * 4 / shape.rate_hz() * 2);
    double mean = 0;
    for (std::size_t i = kFirstModulation; i < kFeaturesPerAxis; ++i) {
      mean += (double{features[i]} - flat) / 32;
    }
    EXPECT_NEAR(mean, 0, 0.5);
  }
}

TEST(Tokens, HearKnocksInTheSubBandsWhereTheyRingAndAtTheirRate) {
  for (const Shape& shape : {kBench, kWarehouse}) {
    const auto tokens = Prepared(shape);
    const double ring_hz = 0.33 * shape.rate_hz();
    // Rare enough for a sub-band, which has a coefficient every 32 samples.
    const double rate_hz = shape == kBench ? 67 : 17;
    const auto features = Compute(shape, Knocks(shape, rate_hz, ring_hz));
    const auto quiet = Compute(shape, Noise(shape, 20));
    for (std::size_t i = 0; i < kFeaturesPerAxis; ++i) {
      const FeatureMeaning meaning = tokens->Meaning(i);
      const bool rings = meaning.band.low <= ring_hz && ring_hz < meaning.band.high;
      if (meaning.kind == FeatureKind::kImpulsiveness && rings) {
        EXPECT_GT(features[i], quiet[i] + 0.5) << i;
      }
      if (meaning.kind == FeatureKind::kModulation && rings) {
        const bool knocks =
            meaning.modulation.low <= rate_hz && rate_hz < meaning.modulation.high;
        if (knocks) {
          EXPECT_GT(features[i], quiet[i] + 1) << i;
        }
      }
    }
  }
}

TEST(Tokens, HearATremblingToneAtItsRateInItsCarrier) {
  for (const double rate_hz : {11.0, 30.0, 75.0, 190.0, 350.0}) {
    const auto tokens = Prepared(kWarehouse);
    const auto features =
        Compute(kWarehouse, Window(kWarehouse, [&](double t) {
                  using std::numbers::pi;
                  const double swell = 1 + std::sin(2 * pi * rate_hz * t);
                  return 2000 * std::sqrt(swell) * std::sin(2 * pi * 1000 * t);
                }));
    std::size_t loudest = kFirstModulation + 2 * kRatesPerCarrier;  // 800 to 1200 Hz
    for (std::size_t i = loudest; i < kFirstModulation + 3 * kRatesPerCarrier; ++i) {
      if (features[i] > features[loudest]) loudest = i;
    }
    const FeatureMeaning meaning = tokens->Meaning(loudest);
    EXPECT_LE(meaning.modulation.low, rate_hz);
    EXPECT_GT(meaning.modulation.high, rate_hz);
    EXPECT_LE(meaning.band.low, 1000);
    EXPECT_GT(meaning.band.high, 1000);
  }
}

TEST(Tokens, OneKnockRaisesEverySubBandOfItsAxisOnly) {
  Samples samples = Noise(kBench, 100);
  const auto before = Compute(kBench, samples);
  samples[2 * 1500 + 1] = 30'000;
  const auto after = Compute(kBench, samples);
  for (std::size_t i = 0; i < kSubBands; ++i) {
    EXPECT_EQ(after[kFirstSubBand + i], before[kFirstSubBand + i]);
    const std::size_t second = kFeaturesPerAxis + kFirstSubBand + i;
    EXPECT_GT(after[second], before[second] + 1) << i;
  }
}

TEST(Tokens, LevelMovesLogMelAndNothingElse) {
  const auto low = Compute(kBench, Knocks(kBench, 67, 5000));
  Samples loud = Knocks(kBench, 67, 5000);
  for (auto& x : loud) x = static_cast<std::int16_t>(4 * x);
  const auto high = Compute(kBench, loud);
  for (std::size_t i = 0; i < kFeaturesPerAxis; ++i) {
    const double step = i < kFirstSubBand ? std::log(16.0) : 0;
    EXPECT_NEAR(high[i] - low[i], step, 0.01) << i;
  }
}

TEST(Tokens, DoNotHearGravity) {
  for (const Shape& shape : {kBench, kWarehouse}) {
    Samples tilted = Noise(shape, 50);
    const auto level = Compute(shape, tilted);
    for (auto& x : tilted) x = static_cast<std::int16_t>(x + 20'000);
    const auto features = Compute(shape, tilted);
    for (std::size_t i = 0; i < features.size(); ++i) {
      EXPECT_NEAR(features[i], level[i], 0.01) << i;
    }
  }
}

TEST(Tokens, SilenceIsOrdinaryAndConstantsAreSilence) {
  for (const std::int16_t x : std::array<std::int16_t, 4>{0, 17, 32767, -32768}) {
    const auto features = Compute(kBench, Samples(kBench.samples(), x));
    ASSERT_TRUE(AllFinite(features));
    for (std::size_t i = kFirstSubBand; i < kFirstModulation; ++i) {
      EXPECT_NEAR(features[i], 0, 1e-6);
    }
    for (std::size_t i = kFirstModulation; i < kFeaturesPerAxis; ++i) {
      EXPECT_FLOAT_EQ(features[i], std::log(Modulation::kFloor));
    }
  }
}

TEST(Tokens, AreFiniteForHostileSamplesOfAnyShape) {
  constexpr std::int16_t kLow = std::numeric_limits<std::int16_t>::min();
  constexpr std::int16_t kHigh = std::numeric_limits<std::int16_t>::max();
  for (const std::uint32_t frames :
       {128U, 129U, 159U, 160U, 255U, 511U, 640U, 1024U, 2559U, 16'000U}) {
    for (const std::uint32_t rate :
         {1U, 100'000U, 3'200'000U, 26'667'000U, 4'000'000'000U}) {
      const Shape shape{rate, 1, frames, 16'000};
      Samples spike(frames), step(frames), square(frames);
      spike[frames / 2] = kLow;
      for (std::uint32_t i = 0; i < frames; ++i) {
        step[i] = i < frames / 2 ? kLow : kHigh;
        square[i] = i % 2 == 0 ? kLow : kHigh;
      }
      for (const Samples& samples : {spike, step, square, Noise(shape, 1e6)}) {
        ASSERT_TRUE(AllFinite(Compute(shape, samples))) << frames << ", " << rate;
      }
    }
  }
}

TEST(Tokens, SayWhatEachFeatureMeans) {
  for (const Shape& shape : {kBench, kWarehouse, Shape{100'000, 6, 500, 20'000},
                             Shape{25'600'000, 1, 128, 16'000}}) {
    const auto tokens = Prepared(shape);
    const auto half = static_cast<float>(shape.rate_hz() / 2);
    for (std::size_t i = 0; i < kFeaturesPerAxis; ++i) {
      const FeatureMeaning meaning = tokens->Meaning(i);
      EXPECT_LT(meaning.band.low, meaning.band.high);
      EXPECT_LE(meaning.band.high, half * 1.0001F);
      if (meaning.kind != FeatureKind::kModulation) continue;
      EXPECT_GT(meaning.modulation.low, 0);
      EXPECT_LT(meaning.modulation.low, meaning.modulation.high);
      EXPECT_LE(meaning.modulation.high, half / 4 * 1.0001F);
    }
  }
  const auto tokens = Prepared(kWarehouse);
  EXPECT_FLOAT_EQ(tokens->Meaning(kFirstModulation).modulation.low, 8);
  EXPECT_FLOAT_EQ(tokens->Meaning(kFeaturesPerAxis - 1).modulation.high, 400);
  EXPECT_FLOAT_EQ(tokens->Meaning(kFirstSubBand + 31).band.low, 1550);
}

TEST(Tokens, RefuseShapesTheyCannotDescribe) {
  Tokens tokens;
  std::vector<float> features(kFeaturesPerAxis);
  EXPECT_EQ(tokens.Compute({}, {}), Status::kBatchShape);
  for (const Shape& shape :
       {Shape{}, Shape{1'000, 0, 2560, 1}, Shape{1'000, 7, 2560, 1},
        Shape{1'000, 1, 127, 1}, Shape{0, 1, 2560, 1}, Shape{1'000, 1, 2560, 0}}) {
    EXPECT_EQ(tokens.Prepare(shape), Status::kBatchShape);
    EXPECT_EQ(tokens.features(), 0U);
    EXPECT_EQ(tokens.Compute({}, features), Status::kBatchShape);
  }
  ASSERT_EQ(tokens.Prepare(Shape{100'000, 1, 128, 2'000}), Status::kOk);
  EXPECT_EQ(tokens.Compute(Samples(127), features), Status::kBatchShape);
  EXPECT_EQ(tokens.Compute(Samples(128), std::span(features).first(127)),
            Status::kBatchShape);
  EXPECT_EQ(tokens.Compute(Samples(128), features), Status::kOk);
}

TEST(Tokens, OfAWindowDoNotDependOnTheOneBefore) {
  const auto tokens = Prepared(kBench);
  std::vector<float> first(tokens->features());
  std::vector<float> again(tokens->features());
  const Samples samples = Noise(kBench, 100, 7);
  ASSERT_EQ(tokens->Compute(samples, first), Status::kOk);
  ASSERT_EQ(tokens->Compute(Noise(kBench, 30'000, 8), again), Status::kOk);
  ASSERT_EQ(tokens->Compute(samples, again), Status::kOk);
  EXPECT_EQ(first, again);
}

}  // namespace
}  // namespace torpor::signal

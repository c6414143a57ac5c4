#include "model/quantize/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/network_file.h"
#include "model/quantize/compare.h"
#include "model/reference/elementary.h"
#include "model/test_network.h"

namespace torpor::model {
namespace {

// A network with the bytes that its views look at.
struct Parsed {
  explicit Parsed(const NetworkWeights& weights) : bytes(EncodeNetwork(weights)) {
    view = *ParseNetwork(bytes);
  }
  std::vector<std::byte> bytes;
  NetworkView view;
};

constexpr std::size_t kTokens = 32;

std::vector<Showing> Some(std::size_t count, std::uint32_t seed = 1) {
  std::vector<Showing> showings;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    showings.push_back(RandomInput(kTestShape, kTokens, 1000 * seed + number, 1));
  }
  return showings;
}

TEST(Magnitudes, TheHighestIsNotCutAndThePercentileCutsOneInTenThousand) {
  Magnitudes seen(10);
  std::vector<float> values(100'000, 1.0F);
  std::fill_n(values.begin(), 9, -10.0F);
  seen.Add(values);
  EXPECT_EQ(seen.Bound(Clip::kHighest), 10);
  EXPECT_NEAR(seen.Bound(Clip::kPercentile), 1, 10.0 / 4096);
}

// One value of 10 among n of at most 1. Cut at b it loses (10 - b)^2; keeping it costs
// the others n (b / 127)^2 / 12 each, so that few others are not worth cutting for and
// many are.
TEST(Magnitudes, TheLeastErrorWeighsCuttingAgainstRounding) {
  const auto bound = [](std::size_t others) {
    Magnitudes seen(10);
    for (std::size_t i = 1; i <= others; ++i) {
      const float value = static_cast<float>(i) / static_cast<float>(others);
      seen.Add(std::span(&value, 1));
    }
    const float far = 10;
    seen.Add(std::span(&far, 1));
    return seen.Bound(Clip::kLeastError);
  };
  EXPECT_GT(bound(1'000), 9.5F);
  // d/db of n b^2 / (12 * 127^2) + (10 - b)^2 is 0 at 10 / (1 + n / (12 * 127^2)).
  const double n = 200'000;
  EXPECT_NEAR(bound(200'000), 10 / (1 + n / (12 * 127 * 127)), 0.15);
}

TEST(Magnitudes, NothingButZerosHasABoundAllTheSame) {
  Magnitudes seen(0);
  seen.Add(std::vector<float>(8));
  for (const Clip clip : {Clip::kHighest, Clip::kPercentile, Clip::kLeastError}) {
    EXPECT_EQ(seen.Bound(clip), 1);
  }
}

TEST(Quantize, TheLargestWeightOfARowIsExactAndTheOthersWithinHalfAStep) {
  const Parsed whole(RandomNetwork(kTestShape, Precision::kFloat, 3));
  const auto ranges = Calibrate(whole.view, Some(4), Clip::kHighest);
  ASSERT_TRUE(ranges.ok());
  const auto rounded = Quantize(whole.view, *ranges);
  ASSERT_TRUE(rounded.ok());
  const Linear& from = whole.view.blocks[1].qkv;
  const LinearWeights& to = rounded->blocks[1].qkv;
  for (std::size_t i = 0; i < from.weight.size(); ++i) {
    const float scale = to.scale[i / from.cols];
    ASSERT_LE(std::abs(to.quantized[i]), kMaxQuantizedWeight);
    ASSERT_NEAR(static_cast<float>(to.quantized[i]) * scale, from.weight[i],
                scale * 0.5001F);
  }
  EXPECT_TRUE(ParseNetwork(EncodeNetwork(*rounded)).ok());
}

TEST(Quantize, ARowOfZerosAndAnInputOfZerosMakeAFileThatIsTaken) {
  const Parsed whole(EmptyWeights(kTestShape, Precision::kFloat));
  const Showing silence(kTokens * kTestShape.inputs);
  const auto ranges = Calibrate(whole.view, std::span(&silence, 1), Clip::kLeastError);
  ASSERT_TRUE(ranges.ok());
  EXPECT_TRUE(ParseNetwork(EncodeNetwork(*Quantize(whole.view, *ranges))).ok());
}

// A fault of any size must reach the network, and no healthy machine shows one.
TEST(Quantize, TheEmbeddingIsNotCutAtWhatHealthyMachinesShow) {
  const Parsed whole(RandomNetwork(kTestShape, Precision::kFloat, 3));
  for (const Clip clip : {Clip::kHighest, Clip::kPercentile, Clip::kLeastError}) {
    auto loud = Some(4);
    loud[2][7] = 100;
    EXPECT_FLOAT_EQ(Calibrate(whole.view, loud, clip)->front().bound, Squash(100));
    const auto ranges = Calibrate(whole.view, Some(4), clip);
    ASSERT_TRUE(ranges.ok());
    EXPECT_LT(ranges->front().highest, 0.7F);
    EXPECT_EQ(ranges->front().bound, 1);
  }
}

// A sum of products whose weights have 63 steps a side and lie a third of the way there
// on average is wrong by a step / sqrt(12) for each of them: 20 log10(21 sqrt(12)) = 37
// dB. Its inputs, with 127 steps, lose less; the nine maps add up to at most ten times
// that noise. The logit is a difference of large terms and keeps less.
TEST(Quantize, EveryLayerKeepsTwentySevenDecibelsAndTheLogitTwenty) {
  const Parsed whole(RandomNetwork(kTestShape, Precision::kFloat, 3));
  for (const Clip clip : {Clip::kHighest, Clip::kPercentile, Clip::kLeastError}) {
    const auto ranges = Calibrate(whole.view, Some(12), clip);
    ASSERT_TRUE(ranges.ok());
    const Parsed rounded(*Quantize(whole.view, *ranges));
    const auto compared = Compare(whole.view, rounded.view, Some(8, 99));
    ASSERT_TRUE(compared.ok());
    ASSERT_EQ(compared->inputs.size(), 9U);
    for (std::size_t i = 0; i < 9; ++i) {
      EXPECT_GT(compared->inputs[i].decibels(), 27) << LinearTitle(i);
      EXPECT_LT(compared->inputs[i].decibels(), 60) << LinearTitle(i);
    }
    EXPECT_GT(compared->logit.decibels(), 20);
    EXPECT_GT(compared->worst_change, 0);
  }
}

TEST(Quantize, LooksAtEachCalibrationInputTwiceAndSaysHowFarItIs) {
  const Parsed whole(RandomNetwork(kTestShape, Precision::kFloat, 3));
  std::size_t last = 0, calls = 0;
  ASSERT_TRUE(Calibrate(whole.view, Some(3), Clip::kHighest,
                        [&](std::size_t done, std::size_t all) {
                          EXPECT_EQ(all, 6U);
                          EXPECT_EQ(done, last + 1);
                          last = done;
                          ++calls;
                        })
                  .ok());
  EXPECT_EQ(calls, 6U);
}

TEST(Quantize, RefusesNothingAndNoNumbersAndNetworksThatDoNotFit) {
  const Parsed whole(RandomNetwork(kTestShape, Precision::kFloat, 3));
  EXPECT_EQ(Calibrate(whole.view, {}, Clip::kHighest).status(),
            Status::kTooFewRecordings);
  std::vector<Showing> showings = Some(1);
  showings[0].pop_back();
  EXPECT_EQ(Calibrate(whole.view, showings, Clip::kHighest).status(),
            Status::kBatchShape);
  showings = Some(1);
  showings[0][5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(Calibrate(whole.view, showings, Clip::kHighest).status(),
            Status::kNotANumber);

  const auto ranges = Calibrate(whole.view, Some(1), Clip::kHighest);
  const Parsed rounded(*Quantize(whole.view, *ranges));
  EXPECT_EQ(Quantize(rounded.view, *ranges).status(), Status::kModelMismatch);
  EXPECT_EQ(Quantize(whole.view, std::span(*ranges).first(3)).status(),
            Status::kModelMismatch);
  EXPECT_EQ(Compare(rounded.view, whole.view, Some(1)).status(), Status::kModelMismatch);
}

TEST(SignalToNoise, IsTwentyDecibelsForATenthAndInfiniteForNothing) {
  SignalToNoise ratio;
  ratio.Add(10, 10);
  EXPECT_TRUE(std::isinf(ratio.decibels()));
  ratio.Add(0, 1);
  EXPECT_NEAR(ratio.decibels(), 20, 1e-9);
}

TEST(LinearTitle, NamesEveryMapInTheOrderOfARun) {
  EXPECT_EQ(LinearTitle(0), "embed");
  EXPECT_EQ(LinearTitle(1), "layer0.qkv");
  EXPECT_EQ(LinearTitle(8), "layer1.down");
  EXPECT_EQ(LinearIndex({LinearName::Part::kUp, 1}), 7U);
}

}  // namespace
}  // namespace torpor::model

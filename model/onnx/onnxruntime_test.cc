#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "model/network_file.h"
#include "model/onnx/export.h"
#include "model/onnx/test_onnxruntime.h"
#include "model/quantize/quantize.h"
#include "model/test_network.h"

// Whether ONNX Runtime computes from the exported files what the plain engine computes.
namespace torpor::model::onnx {
namespace {

// Against double precision, a logit of either is wrong by less than 4e-5
// (model/reference/encoder_test.cc); theirs sums in another order.
constexpr double kFloatTolerance = 8e-5;

struct Rounded {
  explicit Rounded(const NetworkView& whole, std::span<const Showing> calibration) {
    const auto ranges = Calibrate(whole, calibration, Clip::kLeastError);
    bytes = EncodeNetwork(*Quantize(whole, *ranges));
    view = *ParseNetwork(bytes);
  }
  std::vector<std::byte> bytes;
  NetworkView view;
};

// Healthy machines, loud ones, silence, and one place that screams.
std::vector<Showing> Showings(const NetworkShape& shape, std::size_t tokens,
                              std::uint32_t count) {
  std::vector<Showing> showings;
  for (std::uint32_t i = 0; i < count; ++i) {
    showings.push_back(RandomInput(shape, tokens, i, i % 4 == 3 ? 30.0F : 1.0F));
    if (i % 8 == 5) std::fill_n(showings.back().begin(), shape.inputs, 1e5F);
  }
  showings.emplace_back(tokens * shape.inputs);
  return showings;
}

std::vector<float> Ours(const NetworkView& network, std::span<const Showing> showings) {
  std::vector<float> logits;
  std::vector<float> scratch(ScratchFloats(network.shape));
  for (const Showing& z : showings) {
    float logit = 0;
    EXPECT_EQ(RunReference(network, z, z.size() / network.shape.inputs, scratch, logit),
              Status::kOk);
    logits.push_back(logit);
  }
  return logits;
}

struct Difference {
  double worst = 0;
  std::size_t alike = 0;  // within kFloatTolerance
};

Difference Between(const std::vector<float>& ours, const std::vector<float>& theirs) {
  Difference difference;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double scale = std::max(1.0, std::abs(double{ours[i]}));
    const double away = std::abs(double{ours[i]} - double{theirs[i]}) / scale;
    difference.worst = std::max(difference.worst, away);
    difference.alike += away < kFloatTolerance ? 1U : 0U;
  }
  return difference;
}

double RootMeanSquare(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::pow(double{a[i]} - double{b[i]}, 2);
  }
  return std::sqrt(sum / static_cast<double>(a.size()));
}

const char* Name(Optimised optimised) {
  return optimised == Optimised::kYes ? "optimised" : "as written";
}

void ExpectParity(const NetworkShape& shape, std::size_t tokens, std::uint32_t count) {
  if (!OnnxRuntime::There()) return;
  const OnnxRuntime runtime;
  const auto bytes = EncodeNetwork(RandomNetwork(shape, Precision::kFloat));
  const NetworkView whole = *ParseNetwork(bytes);
  const std::vector<Showing> showings = Showings(shape, tokens, count);
  const Rounded rounded(whole, std::span(showings).first(8));
  const std::vector<float> float_logits = Ours(whole, showings);
  const std::vector<float> int8_logits = Ours(rounded.view, showings);
  const double sigma = RootMeanSquare(float_logits, int8_logits);

  for (const Optimised optimised : {Optimised::kNo, Optimised::kYes}) {
    const auto whole_logits =
        runtime.Logits(*EncodeOnnx(whole, tokens), showings, optimised);
    ASSERT_EQ(whole_logits.size(), showings.size());
    const Difference of_floats = Between(float_logits, whole_logits);
    EXPECT_LT(of_floats.worst, kFloatTolerance) << Name(optimised);

    // Equal but where an input lies between two steps and float rounding decides. One
    // that flips may flip others after it, so that at worst both are independent
    // roundings of one float network: a deviation of sqrt(2) sigma each, and four of
    // those is more than a few hundred draws reach. Few lie so near to the middle.
    const auto logits =
        runtime.Logits(*EncodeOnnx(rounded.view, tokens), showings, optimised);
    ASSERT_EQ(logits.size(), showings.size());
    const Difference of_ints = Between(int8_logits, logits);
    EXPECT_LT(of_ints.worst, 4 * std::sqrt(2.0) * sigma) << Name(optimised);
    EXPECT_GT(of_ints.alike, showings.size() * 3 / 4) << Name(optimised);
    std::printf(
        "%-10s  float: worst %.1e   int8: worst %.1e, %zu of %zu alike, sigma %.1e\n",
        Name(optimised), of_floats.worst, of_ints.worst, of_ints.alike, showings.size(),
        sigma);
  }
}

TEST(OnnxRuntime, ComputesWhatThePlainEngineComputes) {
  ExpectParity(kTestShape, 32, 200);
}

TEST(OnnxRuntime, ComputesTheControlOfOneTokenAlike) { ExpectParity(kMlpShape, 1, 200); }

}  // namespace
}  // namespace torpor::model::onnx

// Whether what torpor exports is the same network on minutes of real machines.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "cli/calibration.h"
#include "cli/terms_of.h"
#include "model/network_file.h"
#include "model/onnx/export.h"
#include "model/onnx/test_onnxruntime.h"
#include "model/quantize/quantize.h"
#include "model/test_network.h"

namespace torpor::cli {
namespace {

constexpr std::size_t kTokens = 32;

std::vector<float> Ours(const model::NetworkView& network,
                        const std::vector<model::Showing>& minutes) {
  std::vector<float> scratch(model::ScratchFloats(network.shape));
  std::vector<float> logits;
  for (const model::Showing& z : minutes) {
    logits.emplace_back();
    EXPECT_EQ(model::RunReference(network, z, kTokens, scratch, logits.back()),
              Status::kOk);
  }
  return logits;
}

double Worst(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(double{a[i]} - double{b[i]}));
  }
  return worst;
}

// Tolerances as in model/onnx/onnxruntime_test.cc.
TEST(Interchange, ComputesTheSameLogitsOfRealMinutes) {
  const char* data = std::getenv("TORPOR_DATA");
  if (data == nullptr || *data == '\0') {
    std::fputs("NOT RUN: TORPOR_DATA is not set, so ONNX saw no real minute\n", stderr);
    return;
  }
  if (!model::onnx::OnnxRuntime::There()) return;
  Outcome outcome;
  const auto terms = TermsOf("bench-10s", outcome);
  ASSERT_TRUE(terms.ok());
  const CalibrationSource source{
      data, 0, {"femto-b1_2", "femto-b2_2", "femto-b3_2"}, true};
  const auto set = ReadCalibration(source, *terms);
  ASSERT_TRUE(set.ok()) << set.refusal().what;
  std::vector<model::Showing> minutes = set->calibration;
  minutes.insert(minutes.end(), set->held_out.begin(), set->held_out.end());
  ASSERT_GT(minutes.size(), 100U);

  const auto bytes = model::EncodeNetwork(
      model::RandomNetwork(model::kTestShape, model::Precision::kFloat));
  const auto whole = *model::ParseNetwork(bytes);
  const auto ranges = model::Calibrate(whole, set->calibration, model::Clip::kLeastError);
  const auto rounded_bytes = model::EncodeNetwork(*model::Quantize(whole, *ranges));
  const auto rounded = *model::ParseNetwork(rounded_bytes);
  const std::vector<float> float_logits = Ours(whole, minutes);
  const std::vector<float> int8_logits = Ours(rounded, minutes);

  using model::onnx::Optimised;
  const model::onnx::OnnxRuntime runtime;
  for (const Optimised optimised : {Optimised::kNo, Optimised::kYes}) {
    const auto theirs =
        runtime.Logits(*model::onnx::EncodeOnnx(whole, kTokens), minutes, optimised);
    ASSERT_EQ(theirs.size(), minutes.size());
    EXPECT_LT(Worst(float_logits, theirs), 8e-5);
    const auto theirs_int8 =
        runtime.Logits(*model::onnx::EncodeOnnx(rounded, kTokens), minutes, optimised);
    ASSERT_EQ(theirs_int8.size(), minutes.size());
    EXPECT_LT(Worst(int8_logits, theirs_int8), Worst(float_logits, int8_logits));
    std::printf("%zu real minutes: float within %.1e, int8 within %.1e\n", minutes.size(),
                Worst(float_logits, theirs), Worst(int8_logits, theirs_int8));
  }
}

}  // namespace
}  // namespace torpor::cli

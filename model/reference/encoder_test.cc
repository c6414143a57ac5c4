#include "model/reference/encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "model/network.h"
#include "model/network_file.h"
#include "model/reference/elementary.h"
#include "model/test_network.h"

namespace torpor::model {
namespace {

// The definition of docs/engine.md in double precision, and written in another way.
class Definition {
 public:
  explicit Definition(const NetworkWeights& weights) : w_(weights), s_(weights.shape) {}

  double Logit(const std::vector<float>& z, std::size_t tokens) {
    const std::size_t width = s_.width;
    std::vector<Row> h(tokens);
    for (std::size_t t = 0; t < tokens; ++t) {
      Row x(s_.inputs);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double v = z[t * s_.inputs + i];
        x[i] = std::clamp(std::asinh(std::clamp(v, -1e4, 1e4)) / 4, -2.0, 2.0);
      }
      h[t] = Apply(w_.embed, x);
      for (std::size_t i = 0; i < width; ++i) {
        h[t][i] += double{w_.position[t % s_.positions * width + i]};
      }
    }
    for (const BlockWeights& b : w_.blocks) {
      std::vector<Row> qkv;
      for (const Row& row : h) {
        qkv.push_back(Apply(b.qkv, Norm(row, b.norm1_gain, b.norm1_bias)));
      }
      for (std::size_t t = 0; t < tokens; ++t) AddTo(h[t], Apply(b.out, Attend(qkv, t)));
      for (Row& row : h) {
        Row up = Apply(b.up, Norm(row, b.norm2_gain, b.norm2_bias));
        for (double& v : up) v = std::max(v, 0.0);
        AddTo(row, Apply(b.down, up));
      }
    }
    double logit = double{w_.head_bias};
    for (Row& row : h) row = Norm(row, w_.final_gain, w_.final_bias);
    for (std::size_t i = 0; i < width; ++i) {
      double mean = 0, highest = -1e300;
      for (const Row& row : h) {
        mean += row[i] / static_cast<double>(tokens);
        highest = std::max(highest, row[i]);
      }
      logit += double{w_.head[i]} * mean + double{w_.head[width + i]} * highest;
    }
    return logit;
  }

 private:
  using Row = std::vector<double>;

  static void AddTo(Row& a, const Row& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  }

  Row Apply(const LinearWeights& m, const Row& x) const {
    Row y(m.rows);
    for (std::size_t r = 0; r < m.rows; ++r) {
      double sum = 0;
      for (std::size_t c = 0; c < m.cols; ++c) {
        if (w_.precision == Precision::kFloat) {
          sum += double{m.weight[r * m.cols + c]} * x[c];
          continue;
        }
        const double scale = double{m.input_scale};
        const double q = std::clamp(std::nearbyint(x[c] / scale), -128.0, 127.0);
        sum += m.quantized[r * m.cols + c] * q * scale * double{m.scale[r]};
      }
      y[r] = sum + double{m.bias[r]};
    }
    return y;
  }

  static Row Norm(const Row& x, const std::vector<float>& gain,
                  const std::vector<float>& bias) {
    double mean = 0, variance = 0;
    for (const double v : x) mean += v / static_cast<double>(x.size());
    for (const double v : x) {
      variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
    }
    Row u(x.size());
    for (std::size_t i = 0; i < u.size(); ++i) {
      u[i] =
          (x[i] - mean) / std::sqrt(variance + 1e-5) * double{gain[i]} + double{bias[i]};
    }
    return u;
  }

  Row Attend(const std::vector<Row>& qkv, std::size_t t) const {
    const std::size_t width = s_.width, size = width / s_.heads;
    Row a(width);
    for (std::size_t i = 0; i < width; i += size) {
      double sum = 0;
      for (const Row& other : qkv) {
        double score = 0;
        for (std::size_t d = i; d < i + size; ++d) score += qkv[t][d] * other[width + d];
        const double p = std::exp(score / std::sqrt(static_cast<double>(size)));
        sum += p;
        for (std::size_t d = i; d < i + size; ++d) a[d] += p * other[2 * width + d];
      }
      for (std::size_t d = i; d < i + size; ++d) a[d] /= sum;
    }
    return a;
  }

  const NetworkWeights& w_;
  const NetworkShape& s_;
};

float LogitOf(const NetworkWeights& weights, std::span<const float> z,
              std::size_t tokens) {
  const auto bytes = EncodeNetwork(weights);
  const auto view = ParseNetwork(bytes);
  EXPECT_TRUE(view.ok());
  const auto network = MakeReferenceNetwork(*view);
  float logit = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ((*network)->Run(z, tokens, logit), Status::kOk);
  return logit;
}

// A run is about 200 roundings deep (sums of up to 512 products, of which the errors are
// independent), each of at most 2^-24 of values of about 4, and the logit adds up 128 of
// them under weights of 0.1: below 200 * 4 * 2^-24 * 0.1 * 128 = 6e-4 if all erred the
// same way, and about its square root's share of that, 4e-5, as they do not.
TEST(Encoder, IsTheDefinitionOfAFloatNetwork) {
  for (const NetworkShape& shape : {kTestShape, kSmallShape, kMlpShape}) {
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
      const NetworkWeights weights = RandomNetwork(shape, Precision::kFloat, seed);
      for (std::size_t tokens = shape.positions; tokens <= shape.max_tokens;
           tokens += shape.positions) {
        const auto z = RandomInput(shape, tokens, seed);
        EXPECT_NEAR(double{LogitOf(weights, z, tokens)},
                    Definition(weights).Logit(z, tokens), 4e-5);
      }
    }
  }
}

// An input that lies within a rounding of the middle between two steps may be quantized
// to either; a step is 3/127, its weights about 1/sqrt(width), and a few values of the
// thousands flip. Ten flips move a logit by about 10 * 3/127 * 0.1 / 8.
TEST(Encoder, IsTheDefinitionOfAnInt8NetworkButForTies) {
  double worst = 0;
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    const NetworkWeights weights = RandomNetwork(kTestShape, Precision::kInt8, seed);
    const auto z = RandomInput(kTestShape, 32, seed);
    worst = std::max(worst, std::fabs(double{LogitOf(weights, z, 32)} -
                                      Definition(weights).Logit(z, 32)));
  }
  EXPECT_LT(worst, 3e-3);
}

TEST(Encoder, GivesDeadAndWildInputsAFiniteLogit) {
  const float most = std::numeric_limits<float>::max();
  for (const Precision precision : {Precision::kFloat, Precision::kInt8}) {
    const NetworkWeights weights = RandomNetwork(kTestShape, precision);
    const auto logit = [&](float value) {
      return LogitOf(weights, std::vector<float>(16 * 32, value), 32);
    };
    EXPECT_EQ(logit(0.0F), logit(-0.0F));
    EXPECT_TRUE(std::isfinite(logit(most)));
    EXPECT_TRUE(std::isfinite(logit(-most)));
    EXPECT_TRUE(std::isfinite(logit(std::numeric_limits<float>::denorm_min())));
  }
}

// The largest numbers that a file may hold, all of one sign and then of random signs.
TEST(Encoder, StaysFiniteUnderTheWildestWeightsThatAFileMayHold) {
  for (const Precision precision : {Precision::kFloat, Precision::kInt8}) {
    for (const bool mixed : {false, true}) {
      std::mt19937 random(9);
      NetworkWeights w = RandomNetwork({16, 16, 64, 8, 4, 2048, 32}, precision);
      const auto wild = [&](std::vector<float>& values) {
        for (float& v : values) v = mixed && random() % 2 == 0 ? -1e4F : 1e4F;
      };
      const auto linear = [&](LinearWeights& m) {
        wild(m.weight);
        wild(m.bias);
        for (auto& q : m.quantized) q = mixed && random() % 2 == 0 ? -63 : 63;
        for (float& s : m.scale) s = 1e3F;
        m.input_scale = random() % 2 == 0 ? 1e3F : 1e-12F;
      };
      linear(w.embed);
      for (BlockWeights& b : w.blocks) {
        for (auto* m : {&b.qkv, &b.out, &b.up, &b.down}) linear(*m);
        for (auto* v : {&b.norm1_gain, &b.norm1_bias, &b.norm2_gain, &b.norm2_bias}) {
          wild(*v);
        }
      }
      for (auto* v : {&w.position, &w.final_gain, &w.final_bias, &w.head}) wild(*v);
      for (const float deviation : {1.0F, 1e37F}) {
        EXPECT_TRUE(
            std::isfinite(LogitOf(w, RandomInput(w.shape, 32, 5, deviation), 32)));
      }
    }
  }
}

TEST(Encoder, RefusesInputsThatAreNoNumbersOrDoNotFit) {
  const auto bytes = EncodeNetwork(RandomNetwork(kTestShape, Precision::kInt8));
  const auto view = ParseNetwork(bytes);
  ASSERT_TRUE(view.ok());
  const auto network = MakeReferenceNetwork(*view);
  float logit = 7;
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    auto z = RandomInput(kTestShape, 32, 1);
    z.back() = bad;
    EXPECT_EQ((*network)->Run(z, 32, logit), Status::kNotANumber);
  }
  const auto z = RandomInput(kTestShape, 80, 1);
  for (const std::size_t tokens : {0U, 8U, 33U, 80U}) {
    EXPECT_EQ((*network)->Run(std::span(z).first(tokens * 16), tokens, logit),
              Status::kBatchShape);
  }
  EXPECT_EQ((*network)->Run(std::span(z).first(511), 32, logit), Status::kBatchShape);
  std::vector<float> scratch(ScratchFloats(kTestShape) - 1);
  EXPECT_EQ(RunReference(*view, std::span(z).first(512), 32, scratch, logit),
            Status::kBatchShape);
  EXPECT_EQ(logit, 7);
}

TEST(Encoder, ShowsAProbeTheInputOfEveryLinearMap) {
  const auto bytes = EncodeNetwork(RandomNetwork(kTestShape, Precision::kFloat));
  const auto view = ParseNetwork(bytes);
  std::map<std::pair<int, std::uint32_t>, std::size_t> seen;
  const auto see = [](void* context, LinearName name, std::span<const float> input) {
    auto& counts = *static_cast<decltype(seen)*>(context);
    counts[{static_cast<int>(name.part), name.layer}] += input.size();
  };
  std::vector<float> scratch(ScratchFloats(kTestShape));
  float logit = 0;
  ASSERT_EQ(RunReference(*view, RandomInput(kTestShape, 32, 1), 32, scratch, logit,
                         {see, &seen}),
            Status::kOk);
  EXPECT_EQ(seen.size(), 9U);
  EXPECT_EQ((seen[{0, 0}]), 32U * 16);
  EXPECT_EQ((seen[{1, 1}]), 32U * 64);
  EXPECT_EQ((seen[{4, 1}]), 32U * 128);
}

TEST(Elementary, PowersAndLogarithmsAreRightToAFewRoundings) {
  for (int i = 0; i < 126'000; ++i) {
    const float x = -static_cast<float>(i) * 1e-3F;
    EXPECT_NEAR(double{Exp2(x)} / std::exp2(double{x}), 1.0, 2.4e-7) << x;
  }
  EXPECT_EQ(Exp2(0), 1.0F);
  EXPECT_EQ(Exp2(-1e30F), Exp2(-126));
  for (double x = 1; x < 2e8; x *= 1.0001) {
    const auto f = static_cast<float>(x);
    EXPECT_NEAR(double{Log(f)}, std::log(double{f}), 1.2e-7 * std::max(1.0, std::log(x)));
  }
  EXPECT_EQ(Log(1.0F), 0.0F);
  for (double z = 1e-6; z < 1e6; z *= 1.001) {
    const double expected = std::min(std::asinh(std::min(z, 1e4)) / 4, 2.0);
    EXPECT_NEAR(double{Squash(static_cast<float>(z))}, expected, 3e-7) << z;
    EXPECT_EQ(Squash(static_cast<float>(-z)), -Squash(static_cast<float>(z)));
  }
}

TEST(Elementary, QuantizingRoundsHalfToEvenAndCuts) {
  for (const auto& [x, q] : std::map<float, int>{{0.5F, 0},
                                                 {1.5F, 2},
                                                 {2.5F, 2},
                                                 {-0.5F, 0},
                                                 {-1.5F, -2},
                                                 {126.49F, 126},
                                                 {127.6F, 127},
                                                 {-1e30F, -128},
                                                 {1e30F, 127}}) {
    EXPECT_EQ(Quantize(x, 1.0F, kMinQuantizedInput), q) << x;
    EXPECT_EQ(Quantize(x * 0.25F, 4.0F, 0), std::max(q, 0)) << x;
  }
}

}  // namespace
}  // namespace torpor::model

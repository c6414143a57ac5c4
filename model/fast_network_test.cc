#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <limits>
#include <new>
#include <random>
#include <vector>

#include "model/hwy/target.h"
#include "model/network.h"
#include "model/network_file.h"
#include "model/reference/encoder.h"
#include "model/test_network.h"

namespace {
std::size_t allocations = 0;
}

// Never inlined, or GCC takes each pair for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace torpor::model {
namespace {

// Runs a test for each instruction set of this processor.
class EveryTarget : public testing::TestWithParam<std::string_view> {
 protected:
  static const fast::Target& target() {
    return *std::ranges::find(fast::Targets(), GetParam(), &fast::Target::name);
  }
};

INSTANTIATE_TEST_SUITE_P(FastNetwork, EveryTarget, testing::ValuesIn(FastTargets()),
                         [](const auto& one) {
                           std::string name(one.param);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EveryTarget);

// Bit by bit, so that a zero of another sign or a NaN would be seen.
std::uint32_t Bits(float value) { return std::bit_cast<std::uint32_t>(value); }

TEST_P(EveryTarget, GivesTheBitsOfTheReference) {
  const NetworkShape shapes[] = {kTestShape,
                                 kSmallShape,
                                 kMlpShape,
                                 {16, 16, 128, 4, 8, 256, 96},
                                 {16, 16, 64, 1, 1, 128, 48},
                                 {3, 24, 48, 2, 6, 80, 21},
                                 {1, 8192, 16, 1, 2, 16, 1}};
  for (const Precision precision : {Precision::kInt8, Precision::kFloat}) {
    for (const NetworkShape& shape : shapes) {
      const auto bytes = EncodeNetwork(RandomNetwork(shape, precision, 3));
      const auto view = ParseNetwork(bytes);
      ASSERT_TRUE(view.ok());
      const auto reference = MakeReferenceNetwork(*view);
      const auto fast = MakeFastNetwork(*view, GetParam());
      ASSERT_TRUE(reference.ok() && fast.ok());
      EXPECT_EQ((*fast)->name(), "hwy " + std::string(GetParam()));
      for (std::size_t tokens = shape.positions; tokens <= shape.max_tokens;
           tokens += shape.positions) {
        const float deviation = tokens % 2 == 0 ? 2.0F : 1000.0F;
        const auto z =
            RandomInput(shape, tokens, static_cast<std::uint32_t>(tokens), deviation);
        float truth = 0, logit = 0;
        ASSERT_EQ((*reference)->Run(z, tokens, truth), Status::kOk);
        ASSERT_EQ((*fast)->Run(z, tokens, logit), Status::kOk);
        EXPECT_EQ(Bits(logit), Bits(truth)) << logit << " " << truth << " " << tokens;
      }
    }
  }
}

TEST_P(EveryTarget, GivesTheBitsOfTheReferenceForManyInputs) {
  const auto bytes = EncodeNetwork(RandomNetwork(kTestShape, Precision::kInt8, 7));
  const auto view = ParseNetwork(bytes);
  const auto reference = MakeReferenceNetwork(*view);
  const auto fast = MakeFastNetwork(*view, GetParam());
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const auto z = RandomInput(kTestShape, 32, seed, 0.1F * static_cast<float>(seed));
    float truth = 0, logit = 0;
    ASSERT_EQ((*reference)->Run(z, 32, truth), Status::kOk);
    ASSERT_EQ((*fast)->Run(z, 32, logit), Status::kOk);
    ASSERT_EQ(Bits(logit), Bits(truth)) << seed;
  }
}

// The integer part alone: rows * tokens sums for each drawing, more than 10^5 in all;
// among them the largest values that are allowed, where 16 bits would overflow first.
TEST_P(EveryTarget, SumsProductsExactly) {
  std::mt19937 random(1);
  std::size_t sums = 0;
  for (int drawing = 0; drawing < 60; ++drawing) {
    const auto rows = static_cast<std::uint32_t>(8 * (1 + random() % 24));
    const auto cols = static_cast<std::uint32_t>(8 * (1 + random() % 40));
    const std::size_t tokens = 16 * (1 + random() % 4);
    const bool extreme = drawing % 3 == 0;
    const auto draw = [&](int least, int most) {
      if (extreme) return static_cast<std::int8_t>(random() % 8 != 0 ? least : most);
      return static_cast<std::int8_t>(
          std::uniform_int_distribution<int>(least, most)(random));
    };
    std::vector<std::int8_t> w(std::size_t{rows} * cols), x(tokens * cols);
    for (auto& v : w) v = draw(-kMaxQuantizedWeight, kMaxQuantizedWeight);
    for (auto& v : x) v = draw(kMinQuantizedInput, kMaxQuantizedInput);
    const std::vector<float> ones(rows, 1.0F);
    Linear linear;
    linear.rows = rows;
    linear.cols = cols;
    linear.quantized = w;
    linear.scale = linear.bias = ones;
    linear.input_scale = 1;
    fast::Lines lines;
    const auto packed = fast::PackLinear(linear, Precision::kInt8, lines);
    auto* words = lines.Take<std::uint32_t>(tokens * cols / 4);
    auto* acc = lines.Take<std::int32_t>(tokens * rows);
    target().accumulate(packed, x.data(), tokens, words, acc);
    std::vector<std::int32_t> truth(rows);
    for (std::size_t t = 0; t < tokens; ++t) {
      AccumulateReference(w, std::span(x).subspan(t * cols, cols), truth);
      for (std::size_t r = 0; r < rows; ++r, ++sums) {
        ASSERT_EQ(acc[r * tokens + t], truth[r]) << "drawing " << drawing;
      }
    }
  }
  EXPECT_GT(sums, 100'000U);
}

TEST_P(EveryTarget, TreatsDeadAndWildInputsAsTheReferenceDoes) {
  const auto bytes = EncodeNetwork(RandomNetwork(kTestShape, Precision::kInt8));
  const auto view = ParseNetwork(bytes);
  const auto reference = MakeReferenceNetwork(*view);
  const auto fast = MakeFastNetwork(*view, GetParam());
  float logit = 7, truth = 8;
  for (const float value :
       {0.0F, -0.0F, std::numeric_limits<float>::max(),
        std::numeric_limits<float>::lowest(), std::numeric_limits<float>::denorm_min()}) {
    const std::vector<float> z(512, value);
    ASSERT_EQ((*reference)->Run(z, 32, truth), Status::kOk);
    ASSERT_EQ((*fast)->Run(z, 32, logit), Status::kOk);
    EXPECT_EQ(Bits(logit), Bits(truth)) << value;
  }
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    for (std::size_t i = 0; i < 512; ++i) {
      std::vector<float> z(512, 1.0F);
      z[i] = bad;
      ASSERT_EQ((*fast)->Run(z, 32, truth), Status::kNotANumber) << i;
    }
  }
  const std::vector<float> z(80 * 16);
  for (const std::size_t tokens : {0U, 8U, 33U, 80U}) {
    EXPECT_EQ((*fast)->Run(std::span(z).first(tokens * 16), tokens, truth),
              Status::kBatchShape);
  }
  EXPECT_EQ((*fast)->Run(std::span(z).first(511), 32, truth), Status::kBatchShape);
  EXPECT_EQ(Bits(truth), Bits(logit));
}

TEST_P(EveryTarget, AllocatesNothingInARun) {
  const auto bytes = EncodeNetwork(RandomNetwork(kTestShape, Precision::kInt8));
  const auto view = ParseNetwork(bytes);
  const auto z = RandomInput(kTestShape, 32, 1);
  float logit = 0;
  const std::size_t at_first = allocations;
  const auto fast = MakeFastNetwork(*view, GetParam());
  ASSERT_GT(allocations, at_first);  // or nobody counts
  const std::size_t loaded = allocations;
  const Status status = (*fast)->Run(z, 32, logit);
  const std::size_t ran = allocations;
  EXPECT_EQ(status, Status::kOk);
  EXPECT_EQ(ran, loaded);
}

TEST(FastNetwork, OutlivesTheFileItWasMadeFrom) {
  auto bytes = EncodeNetwork(RandomNetwork(kTestShape, Precision::kInt8));
  const auto fast = MakeFastNetwork(*ParseNetwork(bytes));
  if (FastTargets().empty()) GTEST_SKIP() << "NOT RUN: no fast engine for this processor";
  const auto z = RandomInput(kTestShape, 32, 1);
  float before = 0, after = 1;
  ASSERT_EQ((*fast)->Run(z, 32, before), Status::kOk);
  std::ranges::fill(bytes, std::byte{0xFF});
  ASSERT_EQ((*fast)->Run(z, 32, after), Status::kOk);
  EXPECT_EQ(Bits(before), Bits(after));
}

TEST(FastNetwork, RefusesATargetThatIsNotHere) {
  const auto bytes = EncodeNetwork(RandomNetwork(kTestShape, Precision::kInt8));
  EXPECT_EQ(MakeFastNetwork(*ParseNetwork(bytes), "abacus").status(), Status::kUsage);
}

}  // namespace
}  // namespace torpor::model

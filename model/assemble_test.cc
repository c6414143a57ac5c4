#include "model/assemble.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace torpor::model {
namespace {

constexpr std::size_t kAxes = 2;
constexpr std::size_t kSize = kAxes * kAxisFeatures;

struct Machine {
  std::vector<float> features = std::vector<float>(kSize);
  std::vector<float> mean = std::vector<float>(kSize);
  std::vector<float> inverse_scale = std::vector<float>(kSize, 0.5F);
  std::vector<float> exemplars, factor;
  std::vector<float> out = std::vector<float>(2 * kSize);

  Machine() {
    for (std::size_t i = 0; i < kSize; ++i) {
      features[i] = static_cast<float>(i) + 3;
      mean[i] = static_cast<float>(i) - 1;
    }
  }
  Status Run() {
    return Assemble(features, {mean, inverse_scale, exemplars, factor}, out);
  }
};

TEST(Assemble, PutsEachPlacesDistanceFromNormalIntoItsToken) {
  Machine machine;
  machine.features[8 * 17 + 3] += 10;  // second axis, place 1, feature 3
  ASSERT_EQ(machine.Run(), Status::kOk);
  for (std::size_t t = 0; t < kAxes * kTokensPerAxis; ++t) {
    for (std::size_t i = 0; i < kTokenInputs; ++i) {
      // Without exemplars the second half repeats the first.
      const float expected = t == 17 && i % 8 == 3 ? 7.0F : 2.0F;
      EXPECT_EQ(machine.out[t * kTokenInputs + i], expected) << t << " " << i;
    }
  }
}

TEST(Assemble, ComparesEachTokenWithTheExemplarThatIsNearestThere) {
  Machine machine;  // z is 2 everywhere
  machine.exemplars.assign(2 * kSize, 0.0F);
  for (std::size_t i = 0; i < kSize; ++i) {
    const bool early = i < 8 * 20;  // the first exemplar is nearer for tokens below 20
    machine.exemplars[i] = early ? 1.5F : -4.0F;
    machine.exemplars[kSize + i] = early ? 9.0F : 2.25F;
  }
  ASSERT_EQ(machine.Run(), Status::kOk);
  for (std::size_t t = 0; t < kAxes * kTokensPerAxis; ++t) {
    EXPECT_EQ(machine.out[t * kTokenInputs], 2.0F);
    EXPECT_EQ(machine.out[t * kTokenInputs + 8], t < 20 ? 0.5F : -0.25F) << t;
  }
}

TEST(Assemble, TakesTheFirstOfExemplarsThatAreEquallyNear) {
  Machine machine;
  machine.exemplars.assign(2 * kSize, 1.0F);
  for (std::size_t i = kSize; i < 2 * kSize; ++i) machine.exemplars[i] = 3.0F;
  ASSERT_EQ(machine.Run(), Status::kOk);
  EXPECT_EQ(machine.out[8], 1.0F);
}

// L is 2 on the diagonal and 1 to the left of it in the first row of the second axis.
TEST(Assemble, WhitensTheSpectraOfAllAxesTogether) {
  constexpr std::size_t kCount = kAxes * kAxisSpectrum;
  Machine machine;  // z is 2 everywhere
  machine.factor.assign(kCount * (kCount + 1) / 2, 0.0F);
  for (std::size_t i = 0; i < kCount; ++i) machine.factor[(i + 1) * (i + 2) / 2 - 1] = 2;
  const std::size_t row = kAxisSpectrum * (kAxisSpectrum + 1) / 2;
  for (std::size_t j = 0; j < kAxisSpectrum; ++j) machine.factor[row + j] = 1;
  ASSERT_EQ(machine.Run(), Status::kOk);
  EXPECT_EQ(machine.out[0], 1.0F);
  EXPECT_EQ(machine.out[8], 1.0F) << "and so is the difference";
  const std::size_t second = kTokensPerAxis * kTokenInputs;
  EXPECT_EQ(machine.out[second], (2.0F - 64.0F) / 2)
      << "64 times the 1 of the first axis";
  EXPECT_EQ(machine.out[second + 1], 1.0F);
  EXPECT_EQ(machine.out[8 * kTokenInputs], 2.0F) << "impulsiveness stays";

  std::vector<float> z(kSize);
  ASSERT_EQ(Standardise(machine.features,
                        {machine.mean, machine.inverse_scale, {}, machine.factor}, z),
            Status::kOk);
  EXPECT_EQ(z[kAxisFeatures], machine.out[second]) << "exemplars are made the same way";
}

TEST(Assemble, RefusesWhatIsNoNumber) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()}) {
    Machine machine;
    machine.features[100] = bad;
    EXPECT_EQ(machine.Run(), Status::kNotANumber);
    Machine exemplar;
    exemplar.exemplars.assign(kSize, bad);
    EXPECT_EQ(exemplar.Run(), Status::kNotANumber);
    std::vector<float> z(kSize);
    EXPECT_EQ(
        Standardise(machine.features, {machine.mean, machine.inverse_scale, {}, {}}, z),
        Status::kNotANumber);
  }
}

TEST(Assemble, RefusesSizesThatDoNotFit) {
  const auto refused = [](auto&& change) {
    Machine machine;
    change(machine);
    return machine.Run() == Status::kBatchShape;
  };
  EXPECT_FALSE(refused([](Machine&) {}));
  EXPECT_TRUE(refused([](Machine& m) { m.features.clear(); }));
  EXPECT_TRUE(refused([](Machine& m) { m.features.pop_back(); }));
  EXPECT_TRUE(refused([](Machine& m) { m.mean.pop_back(); }));
  EXPECT_TRUE(refused([](Machine& m) { m.inverse_scale.pop_back(); }));
  EXPECT_TRUE(refused([](Machine& m) { m.out.pop_back(); }));
  EXPECT_TRUE(refused([](Machine& m) { m.exemplars.resize(kSize + 1); }));
  EXPECT_TRUE(refused([](Machine& m) { m.exemplars.resize(9 * kSize); }));
  EXPECT_TRUE(refused([](Machine& m) { m.factor.resize(17); }));
  std::vector<float> z(kSize - 1);
  Machine machine;
  EXPECT_EQ(
      Standardise(machine.features, {machine.mean, machine.inverse_scale, {}, {}}, z),
      Status::kBatchShape);
}

TEST(Assemble, SaysWhichShapesAnswerForASensor) {
  const NetworkShape transformer{16, 16, 64, 2, 4, 128, 48};
  EXPECT_EQ(*TokensFor(transformer, 1), 16U);
  EXPECT_EQ(*TokensFor(transformer, 3), 48U);
  EXPECT_EQ(TokensFor(transformer, 4).status(), Status::kModelMismatch);
  EXPECT_EQ(TokensFor(transformer, 0).status(), Status::kModelMismatch);
  const NetworkShape mlp{1, 512, 64, 2, 4, 128, 1};
  EXPECT_EQ(*TokensFor(mlp, 2), 1U);
  EXPECT_EQ(TokensFor(mlp, 3).status(), Status::kModelMismatch);
  EXPECT_EQ(TokensFor({8, 16, 64, 2, 4, 128, 48}, 2).status(), Status::kModelMismatch);
}

}  // namespace
}  // namespace torpor::model

#include "detect/commissioning.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "detect/test_machines.h"

namespace torpor::detect {
namespace {

constexpr std::size_t kFeatures = signal::kFeaturesPerAxis;

// A window whose every feature is its number.
std::vector<float> Numbered(std::uint32_t number) {
  return std::vector<float>(kFeatures, static_cast<float>(number));
}

std::vector<float> Firsts(const Exemplars& exemplars) {
  std::vector<float> firsts;
  for (std::uint32_t e = 0; e < exemplars.count(); ++e) {
    firsts.push_back(exemplars.raw(e).front());
  }
  return firsts;
}

Exemplars Fed(std::uint32_t learned, std::uint32_t length) {
  Exemplars exemplars(kFeatures, learned, length);
  for (std::uint32_t i = 1; i <= learned; ++i) exemplars.Add(i, Numbered(i));
  return exemplars;
}

TEST(Exemplars, AreMinutesSpreadEvenlyFromTheFirstToTheLast) {
  // 90 windows of 6: they end at 6, 18, ..., 90 and are the means of six numbers.
  EXPECT_EQ(Firsts(Fed(90, 6)),
            (std::vector<float>{3.5, 15.5, 27.5, 39.5, 51.5, 63.5, 75.5, 87.5}));
  EXPECT_EQ(Firsts(Fed(8, 1)), (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Exemplars, AreFewerWhereTheyWouldOverlap) {
  EXPECT_EQ(Firsts(Fed(20, 6)), (std::vector<float>{3.5, 10.5, 17.5}));
  EXPECT_EQ(Firsts(Fed(6, 6)), (std::vector<float>{3.5}));
  EXPECT_EQ(Fed(5, 6).count(), 0U);
  EXPECT_EQ(Fed(0, 6).count(), 0U);
}

class CommissioningTest : public testing::Test {
 protected:
  CommissioningTest() {
    std::mt19937 random(1);
    for (std::uint32_t i = 0; i < 20; ++i) own_.Add(LookAt(random, 3, 0).output);
    own_.Fill(fleet_, 10, {}, context_);
  }

  Commissioning own_{kFeatures, 20, 5, 3};
  std::vector<float> fleet_ = std::vector<float>(kFeatures, 0.5F);
  model::Context context_;
};

TEST_F(CommissioningTest, GivesTheNetworkTheMeanAndSpreadOfEveryFeature) {
  ASSERT_EQ(context_.normal().mean.size(), kFeatures);
  std::vector<float> z(kFeatures);
  std::vector<float> x(context_.mean.begin(), context_.mean.begin() + kFeatures);
  for (float& value : x) value += 0.7F;
  own_.Standardise(x, fleet_, 10, z);
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const double spread = std::sqrt((10 * 0.25 + 15 * own_.Variance(f)) / 25);
    EXPECT_NEAR(context_.inverse_scale[f], 1 / spread, 1e-5 / spread);
    EXPECT_NEAR(z[f], (x[f] - context_.mean[f]) * context_.inverse_scale[f], 1e-4) << f;
  }
}

TEST_F(CommissioningTest, GivesTheNetworkItsExemplarsStandardised) {
  ASSERT_EQ(context_.exemplars, 5U) << "15 windows of 3";
  ASSERT_EQ(context_.normal().exemplars.size(), 5 * kFeatures);
  // These five are all windows that were learned, so their mean is the own mean: z is 0.
  for (std::size_t f = 0; f < kFeatures; ++f) {
    double sum = 0;
    for (std::size_t e = 0; e < 5; ++e) sum += context_.exemplar_z[e * kFeatures + f];
    EXPECT_NEAR(sum, 0, 1e-4);
  }
}

TEST_F(CommissioningTest, ContinuesFromItsSavedBytes) {
  std::vector<std::byte> bytes(own_.SavedBytes());
  ByteWriter out(bytes);
  own_.Save(out);
  ASSERT_TRUE(out.ok());
  Commissioning loaded(kFeatures, 20, 5, 3);
  ByteReader in(bytes);
  ASSERT_TRUE(loaded.Load(in));
  EXPECT_TRUE(in.done());
  model::Context again;
  loaded.Fill(fleet_, 10, {}, again);
  EXPECT_EQ(again.mean, context_.mean);
  EXPECT_EQ(again.inverse_scale, context_.inverse_scale);
  EXPECT_EQ(again.exemplar_z, context_.exemplar_z);
}

}  // namespace
}  // namespace torpor::detect

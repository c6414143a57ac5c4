#include "detect/explanation.h"

#include <gtest/gtest.h>

#include <memory>

#include "signal/tokens.h"

namespace torpor::detect {
namespace {

constexpr signal::Shape kSensor{25'600'000, 2, 2560, 64'000};
constexpr std::size_t kSecond = signal::kFeaturesPerAxis;  // the second axis begins here

class ExplanationTest : public testing::Test {
 protected:
  ExplanationTest() { EXPECT_EQ(tokens_->Prepare(kSensor), Status::kOk); }

  Explanation Told(const Shaft& shaft = {}) const {
    return Explain(z_, kSensor, Channel::kNetwork, shaft);
  }

  std::vector<float> z_ = std::vector<float>(2 * signal::kFeaturesPerAxis, 0.5F);
  std::unique_ptr<signal::Tokens> tokens_ = std::make_unique<signal::Tokens>();
};

TEST_F(ExplanationTest, NamesAxisAndBandOfWhatIsLouder) {
  for (const std::size_t band : {30U, 31U, 32U}) z_[kSecond + band] = 14;
  z_[kSecond + 33] = 8;
  z_[kSecond + 34] = 6.9F;  // less than half as far
  const Explanation told = Told();
  ASSERT_EQ(told.findings.size(), 1U);
  EXPECT_EQ(told.spoke, Channel::kNetwork);
  EXPECT_EQ(told.findings[0].axis, 2U);
  EXPECT_EQ(told.findings[0].spreads, 14);
  EXPECT_EQ(told.findings[0].band.low, tokens_->Meaning(30).band.low);
  EXPECT_EQ(told.findings[0].band.high, tokens_->Meaning(33).band.high);
  EXPECT_EQ(InWords(told), "axis 2, 2.2-2.8 kHz 14 x its own spread above normal");
}

TEST_F(ExplanationTest, TellsEachKindOnceTheFurthestFirst) {
  z_[kSecond + 40] = 4;
  z_[signal::kFirstSubBand + 7] = 9;
  z_[signal::kFirstModulation + 13] = 5;
  const Explanation told = Told();
  ASSERT_EQ(told.findings.size(), 3U);
  EXPECT_EQ(told.findings[0].kind, signal::FeatureKind::kImpulsiveness);
  EXPECT_EQ(told.findings[1].kind, signal::FeatureKind::kModulation);
  EXPECT_EQ(told.findings[2].kind, signal::FeatureKind::kLogMel);
  EXPECT_EQ(told.findings[2].axis, 2U);
  EXPECT_FALSE(told.tone) << "nobody knows how fast the shaft turns";
  const std::string words = InWords(told);
  EXPECT_EQ(words.find("axis 1, impulsive at 2.8-3.2 kHz (9 x); swelling "), 0U) << words;
}

TEST_F(ExplanationTest, TellsTheFurthestEvenWhenNothingIsFar) {
  z_[3] = -2;
  const Explanation told = Told();
  ASSERT_EQ(told.findings.size(), 1U);
  EXPECT_NE(InWords(told).find("2 x its own spread below normal"), std::string::npos);
}

// A quiet carrier is no finding: only levels may be low.
TEST_F(ExplanationTest, DoesNotCallAnythingModulatedForBeingLess) {
  z_[signal::kFirstModulation + 5] = -20;
  z_[signal::kFirstSubBand + 5] = -20;
  for (const Finding& finding : Told().findings) EXPECT_GT(finding.spreads, 0);
}

TEST_F(ExplanationTest, NamesTheToneThatLiesInTheModulation) {
  const std::size_t rate = 5;  // of the first carrier
  z_[signal::kFirstModulation + rate] = 8;
  const signal::HzRange band =
      tokens_->Meaning(signal::kFirstModulation + rate).modulation;
  const double middle = std::sqrt(double{band.low} * double{band.high});
  const double shaft_hz = middle / Orders(kSkf6205).outer;
  const Explanation told = Told({shaft_hz, kSkf6205});
  ASSERT_TRUE(told.tone);
  EXPECT_EQ(told.tone->name, "BPFO");
  EXPECT_NEAR(told.tone->hz, middle, 1e-6);
  EXPECT_NE(InWords(told).find(", as BPFO does at "), std::string::npos);
  EXPECT_FALSE(Told({shaft_hz, {}}).tone) << "a shaft alone turns more slowly";
  EXPECT_EQ(Told({middle, {}}).tone->name, "shaft");
}

TEST_F(ExplanationTest, SaysNothingOfAnotherSensor) {
  z_.pop_back();
  EXPECT_TRUE(Told().findings.empty());
  EXPECT_EQ(InWords(Told()), "");
}

}  // namespace
}  // namespace torpor::detect

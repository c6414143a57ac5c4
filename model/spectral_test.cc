#include "model/spectral.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace torpor::model {
namespace {

constexpr signal::Shape kShape{25'600'000, 2, 2560, 64'000};

std::vector<std::int16_t> Noise() {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> steps(-500, 500);
  std::vector<std::int16_t> samples(kShape.samples());
  for (auto& x : samples) x = static_cast<std::int16_t>(steps(random));
  return samples;
}

TEST(SpectralEngine, GivesTheSameNumbersBeforeAndAfterRelease) {
  const auto engine = MakeSpectralEngine(kShape);
  ASSERT_TRUE(engine.ok());
  Output before, after;
  ASSERT_EQ((*engine)->Infer(Noise(), {}, before), Status::kOk);
  (*engine)->Release();
  (*engine)->Release();
  ASSERT_EQ((*engine)->Infer(Noise(), {}, after), Status::kOk);
  EXPECT_EQ(before.count, 256U);
  EXPECT_EQ(before.values, after.values);
  EXPECT_GT(before.levels.total_rms_g(), 0.0F);
}

TEST(SpectralEngine, SaysWhyThereIsNothingToJudge) {
  const auto engine = MakeSpectralEngine(kShape);
  ASSERT_TRUE(engine.ok());
  Output output;
  EXPECT_EQ((*engine)->Infer(std::vector<std::int16_t>(kShape.samples()), {}, output),
            Status::kSensorDead);
  EXPECT_EQ(output.count, 0U);
  EXPECT_EQ((*engine)->Infer({}, {}, output), Status::kBatchShape);
  EXPECT_EQ((*engine)->Infer(Noise(), {}, output), Status::kOk);
}

TEST(SpectralEngine, RefusesAShapeWithoutSpectrum) {
  EXPECT_EQ(MakeSpectralEngine({}).status(), Status::kBatchShape);
}

}  // namespace
}  // namespace torpor::model

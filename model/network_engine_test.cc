#include "model/network_engine.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "core/test_folder.h"
#include "model/test_network.h"

namespace torpor::model {
namespace {

constexpr signal::Shape kSensor{25'600'000, 2, 2560, 64'000};
constexpr std::size_t kFeatures = 2 * signal::kFeaturesPerAxis;

std::filesystem::path Model(const TestFolder& folder) {
  auto path = folder / "random.model";
  EXPECT_EQ(WriteNetwork(path, RandomNetwork(kTestShape, Precision::kInt8)), Status::kOk);
  return path;
}

std::vector<std::int16_t> Noise(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> steps(-500, 500);
  std::vector<std::int16_t> samples(kSensor.samples());
  for (auto& x : samples) x = static_cast<std::int16_t>(steps(random));
  return samples;
}

// A machine that is known: features around -8, spread 0.5, no exemplars, one window
// before.
Context Known() {
  Context context;
  context.features = kFeatures;
  context.earlier = 1;
  context.earlier_sum.fill(-8);
  context.mean.fill(-8);
  context.inverse_scale.fill(2);
  return context;
}

class NetworkEngineTest : public testing::Test {
 protected:
  TestFolder folder_;
  std::shared_ptr<Inference> inference_ = *Inference::Open(Model(folder_), 2);
  std::unique_ptr<Engine> engine_ = *MakeNetworkEngine(kSensor, inference_);
  Output output_;
};

TEST_F(NetworkEngineTest, RunsTheNetworkOnTheMeanOfTheLastWindows) {
  ASSERT_EQ(engine_->Infer(Noise(1), Known(), output_), Status::kOk);
  ASSERT_TRUE(output_.has_logit);

  Context alone = Known();
  alone.earlier = 0;
  alone.earlier_sum.fill(0);
  std::vector<float> mean(output_.features().begin(), output_.features().end());
  for (float& value : mean) value = (value - 8) / 2;
  float logit = 0;
  ASSERT_EQ(inference_->Logit(alone, mean, logit), Status::kOk);
  EXPECT_EQ(logit, output_.logit);
  ASSERT_EQ(inference_->Logit(alone, output_.features(), logit), Status::kOk);
  EXPECT_NE(logit, output_.logit) << "the earlier window counts";
}

TEST_F(NetworkEngineTest, HearsButDoesNotJudgeAMachineThatItDoesNotKnow) {
  ASSERT_EQ(engine_->Infer(Noise(1), Known(), output_), Status::kOk);
  ASSERT_EQ(engine_->Infer(Noise(1), {}, output_), Status::kOk);
  EXPECT_EQ(output_.count, kFeatures);
  EXPECT_FALSE(output_.has_logit);
}

TEST_F(NetworkEngineTest, SaysWhyThereIsNothingToJudge) {
  ASSERT_EQ(engine_->Infer(Noise(1), Known(), output_), Status::kOk);
  EXPECT_EQ(
      engine_->Infer(std::vector<std::int16_t>(kSensor.samples()), Known(), output_),
      Status::kSensorDead);
  EXPECT_FALSE(output_.has_logit);
  Context other = Known();
  other.features = 128;
  EXPECT_EQ(engine_->Infer(Noise(1), other, output_), Status::kBatchShape);
  EXPECT_FALSE(output_.has_logit);
  Context broken = Known();
  broken.inverse_scale[7] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(engine_->Infer(Noise(1), broken, output_), Status::kNotANumber);
  EXPECT_FALSE(output_.has_logit);
}

TEST(ChooseModel, TakesAFileNoneOrTheShippedOne) {
  const TestFolder folder;
  std::string problem;
  const auto chosen = ChooseModel(Model(folder), 2, problem);
  ASSERT_TRUE(chosen.ok()) << problem;
  EXPECT_NE(chosen->inference->digest(), Digest{});
  const auto none = ChooseModel("none", 2, problem);
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->inference, nullptr);
  EXPECT_EQ(ShippedModel().parent_path().filename(), "torpor");
}

TEST(ChooseModel, NeverGoesWithoutOneSilently) {
  const TestFolder folder;
  std::string problem;
  EXPECT_EQ(ChooseModel(folder / "not-there", 2, problem).status(),
            Status::kModelMissing);
  EXPECT_NE(problem.find("not-there"), std::string::npos);
  EXPECT_EQ(ChooseModel(Model(folder), 6, problem).status(), Status::kModelMismatch)
      << "96 tokens of 64";
  folder.Write("rubbish", "no model");
  EXPECT_FALSE(ChooseModel(folder / "rubbish", 2, problem).ok());
}

}  // namespace
}  // namespace torpor::model

#include "train/network.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/network_file.h"
#include "simulate/random.h"
#include "train/optimiser.h"

namespace torpor::train {
namespace {

constexpr std::uint32_t kAxes = 2;
constexpr std::int64_t kTokens = 32, kInputs = 16;

at::Tensor RandomExamples(std::int64_t count, std::uint64_t seed) {
  at::Tensor examples = at::empty({count, kTokens, kInputs});
  simulate::Random random({seed});
  float* values = examples.data_ptr<float>();
  for (std::int64_t i = 0; i < examples.numel(); ++i) {
    values[i] = static_cast<float>(3 * random.Normal());
  }
  return examples;
}

// Steps in which healthy ones, at even places, are told from those with a raised token.
void TakeSteps(Network& network, std::uint32_t steps) {
  StepRecipe recipe;
  recipe.steps = steps;
  recipe.warm_up = 1;
  Optimiser optimiser(recipe, network.parameters(), network.decays());
  const at::Tensor labels = at::arange(32).remainder(2).to(at::kFloat);
  for (std::uint32_t step = 0; step < steps; ++step) {
    at::Tensor examples = RandomExamples(32, step);
    examples.select(1, 5).add_(labels.view({32, 1}) * 6);
    const at::Tensor logits = network.Fused(examples, at::zeros({32}), 0);
    at::binary_cross_entropy_with_logits(logits, labels).backward();
    optimiser.Step(step, network.gradient());
  }
}

class TrainNetwork : public testing::TestWithParam<Variant> {};

TEST_P(TrainNetwork, GivesTheLogitsThatItsFileGivesInTheReferenceEngine) {
  Network network(GetParam(), {.width = 32, .layers = 2, .heads = 4, .hidden = 48}, kAxes,
                  7);
  TakeSteps(network, 3);
  const auto bytes = model::EncodeNetwork(network.Export(network.parameters()));
  const auto view = model::ParseNetwork(bytes);
  ASSERT_TRUE(view.ok());
  const auto reference = model::MakeReferenceNetwork(*view);
  ASSERT_TRUE(reference.ok());
  EXPECT_GT(view->classical_weight, 1.0F);

  const at::Tensor examples = RandomExamples(5, 99);
  const at::NoGradGuard no_gradient;
  const at::Tensor expected = network.Logits(examples, 0);
  for (std::int64_t i = 0; i < examples.size(0); ++i) {
    const at::Tensor one = examples[i].contiguous();
    std::vector<float> z(one.data_ptr<float>(), one.data_ptr<float>() + one.numel());
    if (GetParam() == Variant::kBlind) {  // what a machine without exemplars gives
      for (std::size_t t = 0; t < z.size(); t += 16) {
        for (std::size_t k = 0; k < 8; ++k) z[t + 8 + k] = z[t + k];
      }
    }
    const std::size_t tokens = GetParam() == Variant::kMlp ? 1 : kTokens;
    float logit = NAN;
    ASSERT_EQ((*reference)->Run(z, tokens, logit), Status::kOk);
    EXPECT_NEAR(logit, expected[i].item<float>(), 1e-4);
  }
}

TEST_P(TrainNetwork, LearnsWhatIsEasy) {
  Network network(GetParam(), {.width = 32, .layers = 1, .heads = 4, .hidden = 32}, kAxes,
                  3);
  TakeSteps(network, 120);
  const at::NoGradGuard no_gradient;
  const at::Tensor healthy = RandomExamples(64, 1000);
  at::Tensor faulty = healthy.clone();
  faulty.select(1, 5).add_(6);
  const at::Tensor right = network.Logits(faulty, 0) > network.Logits(healthy, 0);
  EXPECT_GT(right.to(at::kFloat).mean().item<float>(), 0.9F);
}

INSTANTIATE_TEST_SUITE_P(Train, TrainNetwork,
                         testing::Values(Variant::kTransformer, Variant::kBlind,
                                         Variant::kMlp),
                         [](const auto& of) { return std::string(NameOf(of.param)); });

TEST(TrainBlindNetwork, NeverLooksAtExemplars) {
  const Network network(Variant::kBlind, {.width = 16, .layers = 1, .heads = 2}, kAxes,
                        1);
  const at::NoGradGuard no_gradient;
  const at::Tensor examples = RandomExamples(4, 5);
  at::Tensor others = examples.clone();
  others.narrow(2, 8, 8).fill_(1);
  EXPECT_TRUE(at::equal(network.Logits(examples, 0), network.Logits(others, 0)));
}

TEST(TrainShape, OneTransformerServesAnySensor) {
  const model::NetworkShape shape = ShapeOf(Variant::kTransformer, {}, 2);
  EXPECT_EQ(shape.max_tokens, 96U);
  EXPECT_EQ(ShapeOf(Variant::kMlp, {}, 2).inputs, 512U);
}

TEST(TrainOptimiser, RatesRiseAndThenFallToNothing) {
  StepRecipe recipe;
  recipe.steps = 100;
  recipe.warm_up = 10;
  EXPECT_LT(RateAt(recipe, 0), RateAt(recipe, 5));
  EXPECT_DOUBLE_EQ(RateAt(recipe, 9), recipe.rate);
  EXPECT_LT(RateAt(recipe, 60), RateAt(recipe, 20));
  EXPECT_NEAR(RateAt(recipe, 99), 0, 1e-12);
}

}  // namespace
}  // namespace torpor::train

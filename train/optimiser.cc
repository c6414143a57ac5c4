#include "train/optimiser.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace torpor::train {
namespace {

constexpr double kMean = 0.9, kSquare = 0.98, kLeast = 1e-8, kLongest = 1;

}  // namespace

double RateAt(const StepRecipe& recipe, std::uint32_t index) {
  const double step = index + 1.0;
  if (index < recipe.warm_up) return recipe.rate * step / recipe.warm_up;
  const double done =
      (step - recipe.warm_up) / std::max(1.0, 1.0 * recipe.steps - 1.0 * recipe.warm_up);
  return recipe.rate * 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, done)));
}

Optimiser::Optimiser(const StepRecipe& recipe, const at::Tensor& parameters,
                     const at::Tensor& decays)
    : recipe_(recipe), decays_(decays) {
  memory_ = {parameters, at::zeros_like(parameters), at::zeros_like(parameters),
             parameters.clone()};
}

void Optimiser::Step(std::uint32_t index, at::Tensor gradient) {
  const at::NoGradGuard no_gradient;
  const double norm = gradient.norm().item<double>();
  if (norm > kLongest) gradient.mul_(kLongest / norm);
  const double rate = RateAt(recipe_, index);
  memory_.mean.mul_(kMean).add_(gradient, 1 - kMean);
  memory_.square.mul_(kSquare).addcmul_(gradient, gradient, 1 - kSquare);
  const double step = index + 1.0;
  const double mean_seen = 1 - std::pow(kMean, step);
  const double square_seen = 1 - std::pow(kSquare, step);
  memory_.parameters.addcmul_(memory_.parameters, decays_, -rate * recipe_.weight_decay);
  memory_.parameters.addcdiv_(memory_.mean,
                              (memory_.square / square_seen).sqrt_().add_(kLeast),
                              -rate / mean_seen);
  // Young averages forget faster, or the first weights would stay in them.
  const double kept = std::min(recipe_.averaging, step / (step + 10));
  memory_.average.mul_(kept).add_(memory_.parameters, 1 - kept);
  gradient.zero_();
}

at::Tensor Optimiser::Kept() const {
  return recipe_.averaging > 0 ? memory_.average : memory_.parameters;
}

}  // namespace torpor::train

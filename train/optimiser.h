// AdamW with a warm-up and a cosine, on one row of parameters, and their running average.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "train/recipe.h"

namespace torpor::train {

// What is remembered from step to step; a checkpoint holds exactly this.
struct Memory {
  at::Tensor parameters, mean, square, average;
};

// Source: Loshchilov and Hutter 2019 (decoupled weight decay, cosine); Kingma and Ba
// 2015; Polyak and Juditsky 1992 (averaging). The gradient is cut at a norm of 1
// (Pascanu et al. 2013).
class Optimiser {
 public:
  // `parameters` is stepped in place.
  Optimiser(const StepRecipe& recipe, const at::Tensor& parameters,
            const at::Tensor& decays);

  // Step `index`, from 0, of a gradient; leaves the gradient at zero.
  void Step(std::uint32_t index, at::Tensor gradient);

  // Views, so that writing into them restores.
  [[nodiscard]] const Memory& memory() const { return memory_; }
  // The parameters to keep in the end.
  [[nodiscard]] at::Tensor Kept() const;

 private:
  StepRecipe recipe_;
  Memory memory_;
  at::Tensor decays_;
};

// The rate of a step.
[[nodiscard]] double RateAt(const StepRecipe& recipe, std::uint32_t index);

}  // namespace torpor::train

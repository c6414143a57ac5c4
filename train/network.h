// The network as libtorch trains it: exactly the arithmetic of model/reference/, with the
// parameters in one row, so that optimiser, averages and checkpoints are plain vectors.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/network.h"
#include "model/network_writer.h"
#include "train/recipe.h"

namespace torpor::train {

// The shape of a variant's file for a contract of that many axes.
[[nodiscard]] model::NetworkShape ShapeOf(Variant variant, const NetworkRecipe& recipe,
                                          std::uint32_t axes);

class Network {
 public:
  // Parameters are drawn from the seed.
  Network(Variant variant, const NetworkRecipe& recipe, std::uint32_t axes,
          std::uint64_t seed);

  // What the detector judges by: the logits of the network, and of the classical distance
  // as much as has been learned to be right.
  [[nodiscard]] at::Tensor Fused(const at::Tensor& examples,
                                 const at::Tensor& log_classical, double dropout) const;
  // The network alone: one logit for each of a batch of examples: [batch, tokens,
  // inputs of a token], raw. Dropout is libtorch's generator's; 0 when judging.
  [[nodiscard]] at::Tensor Logits(const at::Tensor& examples, double dropout) const;

  // All parameters, and what a backward pass adds up for them.
  [[nodiscard]] at::Tensor parameters() const { return parameters_; }
  [[nodiscard]] at::Tensor gradient() const { return gradient_; }
  // 1 where weight decay pulls: the matrices.
  [[nodiscard]] at::Tensor decays() const { return decays_; }
  [[nodiscard]] Variant variant() const { return variant_; }
  [[nodiscard]] const model::NetworkShape& shape() const { return shape_; }

  // What a file holds, of these parameters or of others in the same order.
  [[nodiscard]] model::NetworkWeights Export(const at::Tensor& parameters) const;

 private:
  struct Slot {
    at::Tensor value;  // a view of parameters_
    std::int64_t begin = 0, size = 0;
  };
  struct LinearSlots {
    Slot weight, bias;
  };
  struct BlockSlots {
    Slot norm1_gain, norm1_bias;
    LinearSlots qkv, out;
    Slot norm2_gain, norm2_bias;
    LinearSlots up, down;
  };
  struct Plan;  // of slots, before there is memory for them

  void Lay();
  void Draw(std::uint64_t seed);
  [[nodiscard]] at::Tensor Tokens(const at::Tensor& examples) const;

  Variant variant_;
  model::NetworkShape shape_;
  at::Tensor parameters_, gradient_, decays_;
  std::vector<Slot*> slots_;  // in the order of the file
  LinearSlots embed_;
  Slot position_;
  std::vector<BlockSlots> blocks_;
  Slot final_gain_, final_bias_, head_, head_bias_, classical_;
};

}  // namespace torpor::train

#include "train/network.h"

#include <cmath>
#include <utility>

#include "model/assemble.h"
#include "signal/shape.h"
#include "simulate/random.h"

namespace torpor::train {
namespace {

constexpr double kEpsilon = 1e-5;      // of the layer norms
constexpr double kFirstClassical = 3;  // before softplus: 3.05

std::int64_t Wide(std::uint32_t value) { return static_cast<std::int64_t>(value); }

at::Tensor Squash(const at::Tensor& z) {
  return (at::asinh(z.clamp(-1e4, 1e4)) / 4).clamp(-2, 2);
}

std::vector<float> Copy(const at::Tensor& row, std::int64_t begin, std::int64_t size) {
  const at::Tensor part = row.narrow(0, begin, size).contiguous();
  const float* data = part.data_ptr<float>();
  return {data, data + size};
}

}  // namespace

model::NetworkShape ShapeOf(Variant variant, const NetworkRecipe& recipe,
                            std::uint32_t axes) {
  model::NetworkShape shape;
  const auto positions = static_cast<std::uint32_t>(model::kTokensPerAxis);
  const auto inputs = static_cast<std::uint32_t>(model::kTokenInputs);
  const bool flat = variant == Variant::kMlp;
  shape.positions = flat ? 1 : positions;
  shape.inputs = flat ? axes * positions * inputs : inputs;
  shape.width = recipe.width;
  shape.layers = recipe.layers;
  shape.heads = recipe.heads;
  shape.hidden = recipe.hidden;
  // Tokens of an axis know their place in it, not which axis it is: any number will do.
  shape.max_tokens = flat ? 1 : positions * std::uint32_t{signal::kMaxAxes};
  return shape;
}

Network::Network(Variant variant, const NetworkRecipe& recipe, std::uint32_t axes,
                 std::uint64_t seed)
    : variant_(variant), shape_(ShapeOf(variant, recipe, axes)), blocks_(shape_.layers) {
  Lay();
  Draw(seed);
}

// Gives every parameter its place in one row, in the order of the file.
void Network::Lay() {
  std::int64_t end = 0;
  std::vector<std::pair<Slot*, std::vector<std::int64_t>>> plan;
  std::vector<bool> decays;
  const auto add = [&](Slot& slot, std::vector<std::int64_t> sizes) {
    slot.begin = end;
    slot.size = 1;
    for (const std::int64_t size : sizes) slot.size *= size;
    end += slot.size;
    decays.push_back(sizes.size() == 2);
    plan.emplace_back(&slot, std::move(sizes));
  };
  const auto linear = [&](LinearSlots& slots, std::int64_t rows, std::int64_t cols) {
    add(slots.weight, {rows, cols});
    add(slots.bias, {rows});
  };
  const std::int64_t width = Wide(shape_.width);
  const std::int64_t hidden = Wide(shape_.hidden);
  linear(embed_, width, Wide(shape_.inputs));
  add(position_, {Wide(shape_.positions), width});
  for (BlockSlots& block : blocks_) {
    add(block.norm1_gain, {width});
    add(block.norm1_bias, {width});
    linear(block.qkv, 3 * width, width);
    linear(block.out, width, width);
    add(block.norm2_gain, {width});
    add(block.norm2_bias, {width});
    linear(block.up, hidden, width);
    linear(block.down, width, hidden);
  }
  add(final_gain_, {width});
  add(final_bias_, {width});
  add(head_, {2 * width});
  add(head_bias_, {1});
  add(classical_, {1});

  parameters_ = at::zeros({end});
  gradient_ = at::zeros({end});
  decays_ = at::zeros({end});
  for (std::size_t i = 0; i < plan.size(); ++i) {
    auto& [slot, sizes] = plan[i];
    slot->value = parameters_.narrow(0, slot->begin, slot->size).view(sizes).detach();
    slot->value.requires_grad_(true);
    slot->value.mutable_grad() = gradient_.narrow(0, slot->begin, slot->size).view(sizes);
    if (decays[i]) decays_.narrow(0, slot->begin, slot->size).fill_(1);
    slots_.push_back(slot);
  }
}

void Network::Draw(std::uint64_t seed) {
  simulate::Random random({seed, 0x776569676874U});
  float* const all = parameters_.data_ptr<float>();
  const auto fill = [&](const Slot& slot, auto&& draw) {
    for (std::int64_t i = 0; i < slot.size; ++i) {
      all[slot.begin + i] = static_cast<float>(draw());
    }
  };
  const auto constant = [&](const Slot& slot, double value) {
    fill(slot, [value] { return value; });
  };
  const auto spread = [&](const LinearSlots& slots, double cols, double scale) {
    const double most = scale / std::sqrt(cols);
    fill(slots.weight, [&] { return random.Uniform(-most, most); });
    constant(slots.bias, 0);
  };
  const double width = shape_.width;
  // What is added to the residual stream begins small.
  const double small = 1 / std::sqrt(2.0 * shape_.layers);
  spread(embed_, shape_.inputs, std::sqrt(3.0));
  fill(position_, [&] { return 0.1 * random.Normal(); });
  for (const BlockSlots& block : blocks_) {
    constant(block.norm1_gain, 1);
    constant(block.norm2_gain, 1);
    spread(block.qkv, width, std::sqrt(3.0));
    spread(block.out, width, small);
    spread(block.up, width, std::sqrt(3.0));
    spread(block.down, shape_.hidden, small);
  }
  constant(final_gain_, 1);
  fill(head_, [&] { return 0.02 * random.Normal(); });
  constant(classical_, kFirstClassical);
}

// The examples as this variant's tokens, raw.
at::Tensor Network::Tokens(const at::Tensor& examples) const {
  if (variant_ == Variant::kMlp) return examples.reshape({examples.size(0), 1, -1});
  if (variant_ == Variant::kTransformer) return examples;
  const at::Tensor z = examples.narrow(2, 0, Wide(model::kTokenFeatures));
  return at::cat({z, z}, 2);  // no exemplar: the distance from nothing
}

at::Tensor Network::Fused(const at::Tensor& examples, const at::Tensor& log_classical,
                          double dropout) const {
  return Logits(examples, dropout) + at::softplus(classical_.value) * log_classical;
}

at::Tensor Network::Logits(const at::Tensor& examples, double dropout) const {
  const at::Tensor tokens = Tokens(examples);
  const std::int64_t batch = tokens.size(0);
  const std::int64_t count = tokens.size(1);
  const std::int64_t width = Wide(shape_.width);
  const std::int64_t heads = Wide(shape_.heads);
  const auto drop = [dropout](const at::Tensor& x) {
    return dropout > 0 ? at::dropout(x, dropout, true) : x;
  };
  const auto norm = [width](const at::Tensor& x, const Slot& gain, const Slot& bias) {
    return at::layer_norm(x, {width}, gain.value, bias.value, kEpsilon);
  };
  const auto linear = [](const at::Tensor& x, const LinearSlots& slots) {
    return at::linear(x, slots.weight.value, slots.bias.value);
  };

  at::Tensor h = linear(Squash(tokens), embed_) +
                 position_.value.repeat({count / Wide(shape_.positions), 1});
  for (const BlockSlots& block : blocks_) {
    const at::Tensor qkv = linear(norm(h, block.norm1_gain, block.norm1_bias), block.qkv)
                               .view({batch, count, 3, heads, width / heads})
                               .permute({2, 0, 3, 1, 4});
    const at::Tensor scores = at::matmul(qkv[0], qkv[1].transpose(-1, -2)) /
                              std::sqrt(static_cast<double>(width / heads));
    const at::Tensor heard = at::matmul(at::softmax(scores, -1), qkv[2])
                                 .transpose(1, 2)
                                 .reshape({batch, count, width});
    h = h + drop(linear(heard, block.out));
    const at::Tensor up =
        at::relu(linear(norm(h, block.norm2_gain, block.norm2_bias), block.up));
    h = h + drop(linear(up, block.down));
  }
  const at::Tensor u = norm(h, final_gain_, final_bias_);
  const at::Tensor pooled = at::cat({u.mean(1), std::get<0>(u.max(1))}, 1);
  return at::matmul(drop(pooled), head_.value) + head_bias_.value;
}

model::NetworkWeights Network::Export(const at::Tensor& parameters) const {
  const auto copy = [&](const Slot& slot) {
    return Copy(parameters, slot.begin, slot.size);
  };
  const auto linear = [&](const LinearSlots& slots) {
    model::LinearWeights weights;
    weights.rows = static_cast<std::uint32_t>(slots.weight.value.size(0));
    weights.cols = static_cast<std::uint32_t>(slots.weight.value.size(1));
    weights.weight = copy(slots.weight);
    weights.bias = copy(slots.bias);
    return weights;
  };
  model::NetworkWeights weights;
  weights.shape = shape_;
  weights.precision = model::Precision::kFloat;
  weights.embed = linear(embed_);
  weights.position = copy(position_);
  for (const BlockSlots& slots : blocks_) {
    model::BlockWeights block;
    block.norm1_gain = copy(slots.norm1_gain);
    block.norm1_bias = copy(slots.norm1_bias);
    block.qkv = linear(slots.qkv);
    block.out = linear(slots.out);
    block.norm2_gain = copy(slots.norm2_gain);
    block.norm2_bias = copy(slots.norm2_bias);
    block.up = linear(slots.up);
    block.down = linear(slots.down);
    weights.blocks.push_back(std::move(block));
  }
  weights.final_gain = copy(final_gain_);
  weights.final_bias = copy(final_bias_);
  weights.head = copy(head_);
  weights.head_bias = copy(head_bias_).front();
  weights.classical_weight =
      at::softplus(parameters.narrow(0, classical_.begin, 1)).item<float>();
  return weights;
}

}  // namespace torpor::train

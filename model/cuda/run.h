// One run of a network as a sequence of kernels: which, over what memory, in which order.
// Whoever launches them is a parameter: a CUDA stream (device.cu), or a loop in a test.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

#include "model/cuda/kernels.h"
#include "model/reference/network_view.h"

namespace torpor::model::cuda {

// Where a run keeps its numbers, on the device. Everything is [feature, token].
struct Activations {
  float* z = nullptr;         // [tokens, inputs], as it came
  float* wide = nullptr;      // [inputs or hidden, tokens]
  float* h = nullptr;         // [width, tokens], the residual stream
  float* u = nullptr;         // [width, tokens]: normed, or mixed by attention
  float* qkv = nullptr;       // [3 width, tokens]
  float* scores = nullptr;    // [heads, tokens, tokens]
  float* shares = nullptr;    // [heads, tokens]
  float* products = nullptr;  // [tokens]
  float* highest = nullptr;   // [width]
  float* logit = nullptr;     // [1]
  std::int8_t* q = nullptr;   // [inputs, width or hidden, tokens]
};

// Bytes that Divide takes, for runs of up to max_tokens.
[[nodiscard]] std::size_t ActivationBytes(const NetworkShape& shape);

// Cuts a piece of memory of that size into a run's arrays; each begins at a multiple of
// 256 bytes from `memory`. Reads and writes nothing.
[[nodiscard]] Activations Divide(const NetworkShape& shape, std::byte* memory);

// The view of a copy of the same file that begins at `copy`: nothing is read there, so
// it may be memory of a device. `file` is what the view was parsed from.
[[nodiscard]] NetworkView MovedTo(const NetworkView& view,
                                  std::span<const std::byte> file, const std::byte* copy);

// `launch(kernel)` does all items of a kernel, and all before those of the next one. The
// network's and the memory's pointers are not looked at here. `tokens` fits the shape.
template <class Launch>
class Run {
 public:
  Run(const NetworkView& network, const Activations& memory, std::size_t tokens,
      Launch& launch)
      : net_(network), m_(memory), tokens_(static_cast<Index>(tokens)), launch_(launch) {}

  // From m.z to m.logit.
  void operator()() const {
    const NetworkShape& s = net_.shape;
    launch_(SquashInput{s.inputs * tokens_, s.inputs, tokens_, m_.z, m_.wide});
    Apply(net_.embed, m_.wide, {Then::kPlace, m_.h, net_.position.data(), s.positions});
    for (const Block& block : std::span(net_.blocks).first(s.layers)) {
      Norm(block.norm1_gain, block.norm1_bias);
      Apply(block.qkv, m_.u, {Then::kStore, m_.qkv, nullptr, 1});
      Attend();
      Apply(block.out, m_.u, {Then::kAdd, m_.h, nullptr, 1});
      Norm(block.norm2_gain, block.norm2_bias);
      Apply(block.up, m_.u, {Then::kRectify, m_.wide, nullptr, 1});
      Apply(block.down, m_.wide, {Then::kAdd, m_.h, nullptr, 1});
    }
    Norm(net_.final_gain, net_.final_bias);
    launch_(HeadProducts{tokens_, s.width, net_.head.data(), m_.u, m_.products});
    launch_(Highest{s.width, tokens_, m_.u, m_.highest});
    launch_(Pool{1, s.width, tokens_, net_.head.data(), m_.products, m_.highest,
                 net_.head_bias, m_.logit});
  }

 private:
  void Norm(std::span<const float> gain, std::span<const float> bias) const {
    launch_(LayerNorm{tokens_, net_.shape.width, m_.h, gain.data(), bias.data(), m_.u});
  }

  void Apply(const Linear& linear, const float* x, const Target& target) const {
    const Index items = linear.rows * tokens_;
    if (net_.precision == Precision::kFloat) {
      launch_(LinearFloat{items, linear.rows, linear.cols, tokens_, linear.weight.data(),
                          linear.bias.data(), x, target});
      return;
    }
    launch_(QuantizeInput{linear.cols * tokens_, 1.0F / linear.input_scale, x, m_.q});
    launch_(LinearInt8{items, linear.rows, linear.cols, tokens_, linear.quantized.data(),
                       linear.scale.data(), linear.input_scale, linear.bias.data(), m_.q,
                       target});
  }

  // u = softmax(q k^T / sqrt(size of a head)) v.
  void Attend() const {
    const Index width = net_.shape.width, heads = net_.shape.heads, size = width / heads;
    const float unit = std::numbers::log2e_v<float> / std::sqrt(static_cast<float>(size));
    launch_(Scores{heads * tokens_ * tokens_, width, size, tokens_, m_.qkv, m_.scores});
    launch_(Softmax{heads * tokens_, tokens_, unit, m_.scores, m_.shares});
    launch_(
        Mix{width * tokens_, width, size, tokens_, m_.qkv, m_.scores, m_.shares, m_.u});
  }

  const NetworkView& net_;
  const Activations& m_;
  Index tokens_;
  Launch& launch_;
};

}  // namespace torpor::model::cuda

#include "model/reference/encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <numbers>

#include "model/reference/elementary.h"

namespace torpor::model {
namespace {

// Long sums are four sums that take turns, added at the end: the order is part of the
// definition, and lets a processor work on four at a time.
class Sum {
 public:
  void Add(std::size_t i, float value) { part_[i % 4] += value; }
  void AddProduct(std::size_t i, float a, float b) {
    part_[i % 4] = std::fma(a, b, part_[i % 4]);
  }
  [[nodiscard]] float total() const {
    return (part_[0] + part_[1]) + (part_[2] + part_[3]);
  }

 private:
  std::array<float, 4> part_{};
};

void LayerNorm(std::span<const float> x, std::span<const float> gain,
               std::span<const float> bias, std::span<float> u) {
  const float share = 1.0F / static_cast<float>(x.size());
  Sum sum, squares;
  for (std::size_t i = 0; i < x.size(); ++i) sum.Add(i, x[i]);
  const float mean = sum.total() * share;
  for (std::size_t i = 0; i < x.size(); ++i) {
    squares.AddProduct(i, x[i] - mean, x[i] - mean);
  }
  const float inverse = 1.0F / std::sqrt(std::fma(squares.total(), share, kNormEpsilon));
  for (std::size_t i = 0; i < x.size(); ++i) {
    u[i] = std::fma((x[i] - mean) * inverse, gain[i], bias[i]);
  }
}

// Scratch, divided. Everything is [token, feature].
struct Memory {
  std::span<float> h;       // [tokens, width], the residual stream
  std::span<float> qkv;     // [tokens, 3 width]
  std::span<float> x;       // input of a linear map, of one token
  std::span<float> y;       // its output
  std::span<float> scores;  // of one query against every key
  std::span<std::int8_t> quantized;
};

std::size_t WidestInput(const NetworkShape& s) {
  return std::max({s.inputs, s.width, s.hidden});
}

class Run {
 public:
  Run(const NetworkView& network, std::size_t tokens, const Memory& memory,
      const Probe& probe)
      : net_(network), tokens_(tokens), m_(memory), probe_(probe) {}

  float Logit(std::span<const float> z) {
    Embed(z);
    for (std::uint32_t l = 0; l < net_.shape.layers; ++l) {
      Attention(net_.blocks[l], l);
      FeedForward(net_.blocks[l], l);
    }
    return Pooled() + net_.head_bias;
  }

 private:
  using Part = LinearName::Part;

  std::span<float> H(std::size_t token) const {
    return m_.h.subspan(token * net_.shape.width, net_.shape.width);
  }
  // 0 is q, 1 is k, 2 is v.
  const float* Qkv(std::size_t token, std::size_t which, std::size_t head) const {
    const std::size_t width = net_.shape.width;
    return &m_.qkv[token * 3 * width + which * width + head * (width / net_.shape.heads)];
  }

  void Apply(const Linear& linear, LinearName name, std::span<const float> x,
             std::span<float> y) const {
    if (probe_.see != nullptr) probe_.see(probe_.context, name, x);
    if (net_.precision == Precision::kFloat) {
      for (std::size_t r = 0; r < linear.rows; ++r) {
        float sum = 0;
        const auto row = linear.weight.subspan(r * linear.cols, linear.cols);
        for (std::size_t c = 0; c < linear.cols; ++c) sum = std::fma(row[c], x[c], sum);
        y[r] = sum + linear.bias[r];
      }
      return;
    }
    const auto q = m_.quantized.first(linear.cols);
    const float inverse = 1.0F / linear.input_scale;
    for (std::size_t c = 0; c < q.size(); ++c) {
      q[c] = static_cast<std::int8_t>(Quantize(x[c], inverse, kMinQuantizedInput));
    }
    for (std::size_t r = 0; r < linear.rows; ++r) {
      std::int32_t sum = 0;
      const auto row = linear.quantized.subspan(r * linear.cols, linear.cols);
      AccumulateReference(row, q, {&sum, 1});
      y[r] = std::fma(static_cast<float>(sum), linear.scale[r] * linear.input_scale,
                      linear.bias[r]);
    }
  }

  void Embed(std::span<const float> z) {
    const std::size_t inputs = net_.shape.inputs;
    for (std::size_t t = 0; t < tokens_; ++t) {
      const auto x = m_.x.first(inputs);
      std::ranges::transform(z.subspan(t * inputs, inputs), x.begin(), Squash);
      Apply(net_.embed, {Part::kEmbed, 0}, x, H(t));
      const auto place = net_.position.subspan(
          t % net_.shape.positions * net_.shape.width, net_.shape.width);
      for (std::size_t i = 0; i < place.size(); ++i) H(t)[i] += place[i];
    }
  }

  void Attention(const Block& block, std::uint32_t layer) {
    const std::size_t width = net_.shape.width;
    const auto u = m_.x.first(width);
    for (std::size_t t = 0; t < tokens_; ++t) {
      LayerNorm(H(t), block.norm1_gain, block.norm1_bias, u);
      Apply(block.qkv, {Part::kQkv, layer}, u, m_.qkv.subspan(t * 3 * width, 3 * width));
    }
    for (std::size_t t = 0; t < tokens_; ++t) {
      for (std::size_t head = 0; head < net_.shape.heads; ++head) {
        Attend(t, head, u.subspan(head * (width / net_.shape.heads)));
      }
      Add(block.out, {Part::kOut, layer}, u, t);
    }
  }

  // a = softmax(q k^T / sqrt(size of a head)) v, for one token and head. In powers of
  // two.
  void Attend(std::size_t t, std::size_t head, std::span<float> a) const {
    const std::size_t size = net_.shape.width / net_.shape.heads;
    const float unit = std::numbers::log2e_v<float> / std::sqrt(static_cast<float>(size));
    const float* q = Qkv(t, 0, head);
    float highest = 0;
    for (std::size_t j = 0; j < tokens_; ++j) {
      const float* k = Qkv(j, 1, head);
      float score = 0;
      for (std::size_t d = 0; d < size; ++d) score = std::fma(q[d], k[d], score);
      m_.scores[j] = score;
      highest = j == 0 ? score : std::max(highest, score);
    }
    float sum = 0;
    for (std::size_t j = 0; j < tokens_; ++j) {
      m_.scores[j] = Exp2((m_.scores[j] - highest) * unit);
      sum += m_.scores[j];
    }
    const float share = 1.0F / sum;
    for (std::size_t d = 0; d < size; ++d) {
      float value = 0;
      for (std::size_t j = 0; j < tokens_; ++j) {
        value = std::fma(m_.scores[j], Qkv(j, 2, head)[d], value);
      }
      a[d] = value * share;
    }
  }

  void FeedForward(const Block& block, std::uint32_t layer) {
    const auto u = m_.x.first(net_.shape.width);
    const auto up = m_.x.first(net_.shape.hidden);
    for (std::size_t t = 0; t < tokens_; ++t) {
      LayerNorm(H(t), block.norm2_gain, block.norm2_bias, u);
      const auto y = m_.y.first(net_.shape.hidden);
      Apply(block.up, {Part::kUp, layer}, u, y);
      std::ranges::transform(y, up.begin(), [](float v) { return std::max(v, 0.0F); });
      Add(block.down, {Part::kDown, layer}, up, t);
    }
  }

  void Add(const Linear& linear, LinearName name, std::span<const float> x,
           std::size_t t) {
    const auto y = m_.y.first(linear.rows);
    Apply(linear, name, x, y);
    for (std::size_t i = 0; i < y.size(); ++i) H(t)[i] += y[i];
  }

  // head . [mean over tokens ; max over tokens]; the mean is taken after the product.
  float Pooled() {
    const std::size_t width = net_.shape.width;
    const auto highest = m_.y.first(width);
    const auto u = m_.x.first(width);
    float mean = 0;
    for (std::size_t t = 0; t < tokens_; ++t) {
      LayerNorm(H(t), net_.final_gain, net_.final_bias, u);
      Sum product;
      for (std::size_t i = 0; i < width; ++i) {
        product.AddProduct(i, net_.head[i], u[i]);
        highest[i] = t == 0 ? u[i] : std::max(highest[i], u[i]);
      }
      mean += product.total();
    }
    Sum of_highest;
    for (std::size_t i = 0; i < width; ++i) {
      of_highest.AddProduct(i, net_.head[width + i], highest[i]);
    }
    return mean / static_cast<float>(tokens_) + of_highest.total();
  }

  const NetworkView& net_;
  std::size_t tokens_;
  const Memory& m_;
  const Probe& probe_;
};

std::size_t WidestOutput(const NetworkShape& s) { return std::max(s.width, s.hidden); }

Memory Divide(const NetworkShape& s, std::size_t tokens, std::span<float> scratch) {
  const auto take = [&](std::size_t count) {
    const auto taken = scratch.first(count);
    scratch = scratch.subspan(count);
    return taken;
  };
  Memory m;
  m.h = take(tokens * s.width);
  m.qkv = take(3 * tokens * s.width);
  m.x = take(WidestInput(s));
  m.y = take(WidestOutput(s));
  m.scores = take(tokens);
  const auto bytes = take(WidestInput(s) / sizeof(float));
  m.quantized = {new (bytes.data()) std::int8_t[WidestInput(s)], WidestInput(s)};
  return m;
}

}  // namespace

std::size_t ScratchFloats(const NetworkShape& s) {
  return 4 * std::size_t{s.max_tokens} * s.width + WidestInput(s) + WidestOutput(s) +
         s.max_tokens + WidestInput(s) / sizeof(float);
}

Status RunReference(const NetworkView& network, std::span<const float> z,
                    std::size_t tokens, std::span<float> scratch, float& logit,
                    const Probe& probe) {
  const NetworkShape& s = network.shape;
  if (tokens == 0 || tokens > s.max_tokens || tokens % s.positions != 0 ||
      z.size() != tokens * s.inputs || scratch.size() < ScratchFloats(s)) {
    return Status::kBatchShape;
  }
  if (!std::ranges::all_of(z, [](float v) { return std::isfinite(v); })) {
    return Status::kNotANumber;
  }
  const Memory memory = Divide(s, tokens, scratch);
  const float result = Run(network, tokens, memory, probe).Logit(z);
  if (!std::isfinite(result)) return Status::kNotANumber;
  logit = result;
  return Status::kOk;
}

void AccumulateReference(std::span<const std::int8_t> w, std::span<const std::int8_t> x,
                         std::span<std::int32_t> acc) {
  for (std::size_t r = 0; r < acc.size(); ++r) {
    std::int32_t sum = 0;
    for (std::size_t c = 0; c < x.size(); ++c) {
      sum += std::int32_t{w[r * x.size() + c]} * x[c];
    }
    acc[r] = sum;
  }
}

}  // namespace torpor::model

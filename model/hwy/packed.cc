#include "model/hwy/packed.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace torpor::model::fast {
namespace {

const float* Copy(std::span<const float> values, Lines& lines) {
  auto* copy = lines.Take<float>(values.size());
  std::ranges::copy(values, copy);
  return copy;
}

// [rows][cols] -> [rows / 8][cols / group][8][group]
template <class T>
const T* PackRows(std::span<const T> w, std::size_t rows, std::size_t cols,
                  std::size_t group, Lines& lines) {
  auto* packed = lines.Take<T>(w.size());
  auto* out = packed;
  for (std::size_t block = 0; block < rows; block += kRowBlock) {
    for (std::size_t c = 0; c < cols; c += group) {
      for (std::size_t r = block; r < block + kRowBlock; ++r) {
        out = std::copy_n(&w[r * cols + c], group, out);
      }
    }
  }
  return packed;
}

}  // namespace

PackedLinear PackLinear(const Linear& linear, Precision precision, Lines& lines) {
  PackedLinear packed;
  packed.rows = linear.rows;
  packed.cols = linear.cols;
  packed.bias = Copy(linear.bias, lines);
  if (precision == Precision::kFloat) {
    packed.weight = PackRows(linear.weight, packed.rows, packed.cols, 1, lines);
    return packed;
  }
  packed.quantized = PackRows(linear.quantized, packed.rows, packed.cols, 4, lines);
  auto* sum = lines.Take<std::int32_t>(packed.rows);
  auto* scale = lines.Take<float>(packed.rows);
  for (std::size_t r = 0; r < packed.rows; ++r) {
    const auto row = linear.quantized.subspan(r * packed.cols, packed.cols);
    sum[r] = std::accumulate(row.begin(), row.end(), std::int32_t{0});
    scale[r] = linear.scale[r] * linear.input_scale;
  }
  packed.row_sum = sum;
  packed.scale = scale;
  packed.inverse_input_scale = 1.0F / linear.input_scale;
  return packed;
}

PackedNetwork::PackedNetwork(const NetworkView& view)
    : shape(view.shape), precision(view.precision) {
  const auto linear = [&](const Linear& l) { return PackLinear(l, precision, lines); };
  embed = linear(view.embed);
  const std::size_t pitch = PaddedTokens(shape.max_tokens);
  auto* places = lines.Take<float>(shape.width * pitch);
  for (std::size_t i = 0; i < shape.width; ++i) {
    for (std::size_t t = 0; t < shape.max_tokens; ++t) {
      places[i * pitch + t] = view.position[t % shape.positions * shape.width + i];
    }
  }
  position = places;
  for (std::size_t l = 0; l < shape.layers; ++l) {
    const Block& b = view.blocks[l];
    blocks[l] = {Copy(b.norm1_gain, lines),
                 Copy(b.norm1_bias, lines),
                 linear(b.qkv),
                 linear(b.out),
                 Copy(b.norm2_gain, lines),
                 Copy(b.norm2_bias, lines),
                 linear(b.up),
                 linear(b.down)};
  }
  final_gain = Copy(view.final_gain, lines);
  final_bias = Copy(view.final_bias, lines);
  head = Copy(view.head, lines);
  head_bias = view.head_bias;
}

Workspace::Workspace(const NetworkShape& s) {
  const std::size_t tokens = PaddedTokens(s.max_tokens);
  h = lines.Take<float>(s.width * tokens);
  qkv = lines.Take<float>(3 * s.width * tokens);
  const std::size_t widest = std::max({s.inputs, s.width, s.hidden});
  input = lines.Take<std::byte>(widest * tokens * sizeof(float));
  hidden = lines.Take<std::byte>(widest * tokens * sizeof(float));
  scores = lines.Take<float>(tokens * kScoreLanes);
  small = lines.Take<float>(tokens);
}

}  // namespace torpor::model::fast

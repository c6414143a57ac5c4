// A network as the engines see it: shape, and views of weights that lie elsewhere and
// have been verified (model/network_file.h). Byte by byte: docs/model-format.md; what is
// computed: docs/engine.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/bytes.h"

namespace torpor::model {

inline constexpr std::uint32_t kMaxPositions = 64;
inline constexpr std::uint32_t kMaxInputs = 8192;
inline constexpr std::uint32_t kMaxWidth = 512;
inline constexpr std::uint32_t kMaxLayers = 8;
inline constexpr std::uint32_t kMaxHidden = 2048;
inline constexpr std::uint32_t kMaxTokens = 256;

// |w| of an int8 weight: AVX2 adds pairs of products of a weight and an unsigned byte in
// 16 bits.
inline constexpr int kMaxQuantizedWeight = 63;
static_assert(2 * kMaxQuantizedWeight * 255 <= 32767);
inline constexpr int kMaxQuantizedInput = 127;
inline constexpr int kMinQuantizedInput = -128;  // as QuantizeLinear of ONNX
// The sum of a row cannot leave 32 bits, even with inputs shifted to unsigned bytes.
static_assert(std::int64_t{kMaxInputs} * kMaxQuantizedWeight * 255 < (1LL << 31));

struct NetworkShape {
  std::uint32_t positions = 0;  // places within an axis; token t has place t mod this
  std::uint32_t inputs = 0;     // of one token
  std::uint32_t width = 0;      // of the residual stream
  std::uint32_t layers = 0;
  std::uint32_t heads = 0;
  std::uint32_t hidden = 0;      // of the feed-forward part
  std::uint32_t max_tokens = 0;  // a multiple of positions
  friend constexpr bool operator==(const NetworkShape&, const NetworkShape&) = default;
};

enum class Precision : std::uint32_t { kFloat = 1, kInt8 = 2 };

// y = W x + bias. Of a float network `weight` is there; of an int8 one the other three:
//
//   q[c] = x[c] / input_scale, rounded half to even, cut to [-128, 127]
//
//   y[r] = float(sum over c of quantized[r, c] * q[c]) * (scale[r] * input_scale) +
//   bias[r]
struct Linear {
  std::uint32_t rows = 0, cols = 0;
  std::span<const float> weight;           // row-major
  std::span<const std::int8_t> quantized;  // row-major, |w| <= 63
  std::span<const float> scale;            // of each row
  float input_scale = 0;
  std::span<const float> bias;
};

struct Block {
  std::span<const float> norm1_gain, norm1_bias;
  Linear qkv, out;  // rows of qkv: all of q, all of k, all of v; heads one after another
  std::span<const float> norm2_gain, norm2_bias;
  Linear up, down;
};

struct NetworkView {
  NetworkShape shape;
  Precision precision = Precision::kFloat;
  Digest digest{};  // of the file
  Linear embed;
  std::span<const float> position;  // [positions, width]
  std::array<Block, kMaxLayers> blocks{};
  std::span<const float> final_gain, final_bias;
  std::span<const float> head;  // the mean over tokens, then the maximum: 2 * width
  float head_bias = 0;
  // Of the logarithm of the classical distance, learned with the rest and added to the
  // logit by whoever knows that distance (detect/); a run leaves it out. Not below 0.
  float classical_weight = 0;
};

}  // namespace torpor::model

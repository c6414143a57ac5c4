// Making model files: training writes float ones, quantization int8 ones. Host only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/status.h"
#include "model/reference/network_view.h"

namespace torpor::model {

// As Linear in model/reference/network_view.h, owning its numbers.
struct LinearWeights {
  std::uint32_t rows = 0, cols = 0;
  std::vector<float> weight;
  std::vector<std::int8_t> quantized;
  std::vector<float> scale;
  float input_scale = 0;
  std::vector<float> bias;
};

struct BlockWeights {
  std::vector<float> norm1_gain, norm1_bias;
  LinearWeights qkv, out;
  std::vector<float> norm2_gain, norm2_bias;
  LinearWeights up, down;
};

struct NetworkWeights {
  NetworkShape shape;
  Precision precision = Precision::kFloat;
  LinearWeights embed;
  std::vector<float> position;
  std::vector<BlockWeights> blocks;
  std::vector<float> final_gain, final_bias;
  std::vector<float> head;
  float head_bias = 0;
  float classical_weight = 0;
};

// Every vector in the size that the shape asks for: gains and scales 1, all else 0.
[[nodiscard]] NetworkWeights EmptyWeights(const NetworkShape& shape, Precision precision);

// A copy that outlives the view's bytes.
[[nodiscard]] NetworkWeights WeightsOf(const NetworkView& view);

// The file's bytes, digest and all. Checks nothing: vectors of wrong sizes or numbers out
// of range make bytes that ParseNetwork refuses.
[[nodiscard]] std::vector<std::byte> EncodeNetwork(const NetworkWeights& weights);

// Replaces the file as a whole or not at all.
//   kModelMalformed  ParseNetwork would refuse it; nothing is written
//   kIo              it cannot be written
[[nodiscard]] Status WriteNetwork(const std::filesystem::path& path,
                                  const NetworkWeights& weights);

}  // namespace torpor::model

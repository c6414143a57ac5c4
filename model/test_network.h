// Networks and inputs for tests: random, of a size that makes logits of about 1.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "model/network_writer.h"

namespace torpor::model {

inline constexpr NetworkShape kTestShape{16, 16, 64, 2, 4, 128, 64};
inline constexpr NetworkShape kSmallShape{4, 8, 16, 1, 2, 16, 8};
inline constexpr NetworkShape kMlpShape{1, 512, 64, 2, 4, 128, 1};

inline void Fill(std::vector<float>& values, std::mt19937& random, float mean,
                 float deviation) {
  std::normal_distribution<float> normal(mean, deviation);
  for (float& v : values) v = normal(random);
}

inline void Fill(LinearWeights& linear, std::mt19937& random) {
  Fill(linear.bias, random, 0, 0.1F);
  const float deviation = 1.0F / std::sqrt(static_cast<float>(linear.cols));
  Fill(linear.weight, random, 0, deviation);
  std::uniform_int_distribution<int> weight(-63, 63);
  for (auto& w : linear.quantized) w = static_cast<std::int8_t>(weight(random));
  std::uniform_real_distribution<float> scale(0.5F, 1.5F);
  for (float& s : linear.scale) s = scale(random) * deviation / 36.0F;
  if (!linear.quantized.empty()) linear.input_scale = 3.0F / 127.0F;
}

inline NetworkWeights RandomNetwork(const NetworkShape& shape, Precision precision,
                                    std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  NetworkWeights w = EmptyWeights(shape, precision);
  Fill(w.embed, random);
  Fill(w.position, random, 0, 0.5F);
  for (BlockWeights& b : w.blocks) {
    for (auto* gain : {&b.norm1_gain, &b.norm2_gain}) Fill(*gain, random, 1, 0.1F);
    for (auto* bias : {&b.norm1_bias, &b.norm2_bias}) Fill(*bias, random, 0, 0.1F);
    for (auto* linear : {&b.qkv, &b.out, &b.up, &b.down}) Fill(*linear, random);
  }
  Fill(w.final_gain, random, 1, 0.1F);
  Fill(w.final_bias, random, 0, 0.1F);
  Fill(w.head, random, 0, 0.1F);
  w.head_bias = 0.25F;
  w.classical_weight = 3.0F;
  return w;
}

inline std::vector<float> RandomInput(const NetworkShape& shape, std::size_t tokens,
                                      std::uint32_t seed, float deviation = 2.0F) {
  std::mt19937 random(seed);
  std::vector<float> z(tokens * shape.inputs);
  Fill(z, random, 0, deviation);
  return z;
}

}  // namespace torpor::model

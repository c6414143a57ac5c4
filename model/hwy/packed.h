// Weights as the fast engine wants them, and the memory of a run: both in lines of 64
// bytes, allocated once when a model is loaded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "model/reference/network_view.h"

namespace torpor::model::fast {

inline constexpr std::size_t kLanes = 16;    // tokens are padded to a multiple of this
inline constexpr std::size_t kRowBlock = 8;  // rows whose weights lie together

constexpr std::size_t PaddedTokens(std::size_t tokens) {
  return (tokens + kLanes - 1) / kLanes * kLanes;
}

// Hands out zeroed memory that begins at a multiple of 64 and lives as long as this.
class Lines {
 public:
  template <class T>
  T* Take(std::size_t count) {
    const std::size_t lines = (count * sizeof(T) + sizeof(Line) - 1) / sizeof(Line);
    return reinterpret_cast<T*>(blocks_.emplace_back(lines + 1).data());
  }

 private:
  struct alignas(64) Line {
    std::array<std::byte, 64> bytes;
  };
  std::deque<std::vector<Line>> blocks_;
};

struct PackedLinear {
  std::size_t rows = 0, cols = 0;
  // int8: [rows / 8][cols / 4][8][4], four inputs of a row side by side.
  const std::int8_t* quantized = nullptr;
  const std::int32_t* row_sum = nullptr;  // of each row's int8 weights
  const float* scale = nullptr;           // of each row, times the input's
  float inverse_input_scale = 0;
  // float: [rows / 8][cols][8].
  const float* weight = nullptr;
  const float* bias = nullptr;
};

struct PackedBlock {
  const float *norm1_gain = nullptr, *norm1_bias = nullptr;
  PackedLinear qkv, out;
  const float *norm2_gain = nullptr, *norm2_bias = nullptr;
  PackedLinear up, down;
};

struct PackedNetwork {
  explicit PackedNetwork(const NetworkView& view);

  NetworkShape shape;
  Precision precision;
  Lines lines;  // everything below points into these
  PackedLinear embed;
  const float* position = nullptr;  // [width][PaddedTokens(max_tokens)]
  std::array<PackedBlock, kMaxLayers> blocks{};
  const float *final_gain = nullptr, *final_bias = nullptr;
  const float* head = nullptr;
  float head_bias = 0;
};

PackedLinear PackLinear(const Linear& linear, Precision precision, Lines& lines);

// All of it is [feature][token], tokens padded: every step works on tokens side by side.
struct Workspace {
  explicit Workspace(const NetworkShape& shape);

  Lines lines;
  float* h;           // [width]
  float* qkv;         // [3 width]
  std::byte* input;   // of a linear map: float [cols], or four int8 to a word [cols / 4]
  std::byte* hidden;  // the same, of `down`
  float* scores;      // [tokens] of kScoreLanes queries
  float* small;       // of one number a token
  static constexpr std::size_t kScoreLanes = 32;
};

}  // namespace torpor::model::fast

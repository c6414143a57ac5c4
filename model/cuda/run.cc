#include "model/cuda/run.h"

#include <algorithm>

namespace torpor::model::cuda {
namespace {

constexpr std::size_t kPieceBytes = 256;  // what cudaMalloc aligns to

// Takes piece after piece of a memory, or only counts them.
class Pieces {
 public:
  explicit Pieces(std::byte* memory) : memory_(memory) {}

  template <class T>
  T* Take(std::size_t count) {
    std::byte* const piece = memory_ == nullptr ? nullptr : memory_ + taken_;
    taken_ += (count * sizeof(T) + kPieceBytes - 1) / kPieceBytes * kPieceBytes;
    return reinterpret_cast<T*>(piece);
  }
  [[nodiscard]] std::size_t taken() const { return taken_; }

 private:
  std::byte* memory_;
  std::size_t taken_ = 0;
};

Activations Divide(const NetworkShape& s, Pieces& pieces) {
  const std::size_t tokens = s.max_tokens, width = s.width, heads = s.heads;
  const std::size_t wide = std::max(s.inputs, s.hidden);
  Activations m;
  m.z = pieces.Take<float>(tokens * s.inputs);
  m.wide = pieces.Take<float>(wide * tokens);
  m.h = pieces.Take<float>(width * tokens);
  m.u = pieces.Take<float>(width * tokens);
  m.qkv = pieces.Take<float>(3 * width * tokens);
  m.scores = pieces.Take<float>(heads * tokens * tokens);
  m.shares = pieces.Take<float>(heads * tokens);
  m.products = pieces.Take<float>(tokens);
  m.highest = pieces.Take<float>(width);
  m.logit = pieces.Take<float>(1);
  m.q = pieces.Take<std::int8_t>(std::max(wide, width) * tokens);
  return m;
}

}  // namespace

std::size_t ActivationBytes(const NetworkShape& shape) {
  Pieces counted(nullptr);
  (void)Divide(shape, counted);
  return counted.taken();
}

Activations Divide(const NetworkShape& shape, std::byte* memory) {
  Pieces pieces(memory);
  return Divide(shape, pieces);
}

NetworkView MovedTo(const NetworkView& view, std::span<const std::byte> file,
                    const std::byte* copy) {
  const auto move = [&]<class T>(std::span<const T>& numbers) {
    if (numbers.empty()) return;
    const auto offset = reinterpret_cast<const std::byte*>(numbers.data()) - file.data();
    numbers = {reinterpret_cast<const T*>(copy + offset), numbers.size()};
  };
  const auto move_linear = [&](Linear& linear) {
    move(linear.weight);
    move(linear.quantized);
    move(linear.scale);
    move(linear.bias);
  };
  NetworkView moved = view;
  move_linear(moved.embed);
  move(moved.position);
  for (Block& block : moved.blocks) {
    for (auto* numbers :
         {&block.norm1_gain, &block.norm1_bias, &block.norm2_gain, &block.norm2_bias}) {
      move(*numbers);
    }
    for (auto* linear : {&block.qkv, &block.out, &block.up, &block.down}) {
      move_linear(*linear);
    }
  }
  for (auto* numbers : {&moved.final_gain, &moved.final_bias, &moved.head}) {
    move(*numbers);
  }
  return moved;
}

}  // namespace torpor::model::cuda

// The network in its plainest form: scalar, in order, over memory of the caller's. It is
// the truth that every other engine must meet, bit for bit. Freestanding: it runs on a
// Cortex-M as it runs here. What it computes: docs/engine.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/status.h"
#include "model/reference/network_view.h"

namespace torpor::model {

// Which input of a linear map is being looked at, for calibrating its scale.
struct LinearName {
  enum class Part : std::uint8_t { kEmbed, kQkv, kOut, kUp, kDown };
  Part part = Part::kEmbed;
  std::uint32_t layer = 0;  // 0 for the embedding
};

// Called with the input of every linear map, token by token, before it is quantized.
struct Probe {
  void (*see)(void* context, LinearName name, std::span<const float> input) = nullptr;
  void* context = nullptr;
};

// How many floats of scratch a run takes at most.
[[nodiscard]] std::size_t ScratchFloats(const NetworkShape& shape);

// `z` is [tokens, inputs], token after token, not squashed. The logit of a finite input
// is finite. Allocates nothing, keeps nothing; two threads need two scratches.
//   kBatchShape  no token, more than max_tokens, not a multiple of positions, z of
//   another
//                size, or too little scratch
//   kNotANumber  a value of z is not finite
// Source: Vaswani et al. 2017, with the norm before each part (Xiong et al. 2020).
[[nodiscard]] Status RunReference(const NetworkView& network, std::span<const float> z,
                                  std::size_t tokens, std::span<float> scratch,
                                  float& logit, const Probe& probe = {});

// acc[r] = sum over c of w[r, c] * x[c]: the part of an int8 network that no rounding
// touches. Shapes must fit: w is acc.size() * x.size(), |w| <= 63.
void AccumulateReference(std::span<const std::int8_t> w, std::span<const std::int8_t> x,
                         std::span<std::int32_t> acc);

}  // namespace torpor::model

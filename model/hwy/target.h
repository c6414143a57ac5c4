// The fast engine once for each instruction set, as a table to choose from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/hwy/packed.h"

namespace torpor::model::fast {

struct Target {
  std::string_view name;
  bool (*supported)();  // by this processor and its operating system

  // The logit of `tokens` tokens that fit the shape; false if a value of z is not finite.
  bool (*run)(const PackedNetwork& network, Workspace& work, const float* z,
              std::size_t tokens, float& logit);

  // acc[r][t] = sum over c of w[r, c] * x[t, c], for `tokens` tokens, a multiple of
  // kLanes; `x` is [tokens][cols], `words` room for cols / 4 * tokens
  // words that begin at a multiple of 64, as does acc. For tests: it is what `run` is
  // made of.
  void (*accumulate)(const PackedLinear& linear, const std::int8_t* x, std::size_t tokens,
                     std::uint32_t* words, std::int32_t* acc);
};

// Those that this program was compiled with, best first.
[[nodiscard]] std::span<const Target> Targets();

}  // namespace torpor::model::fast

// The inputs of all linear maps of a network, one after another: what calibration looks
// at.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/status.h"
#include "model/reference/encoder.h"
#include "model/reference/network_view.h"

namespace torpor::model {

// What a network is shown at once, [tokens, inputs], not squashed.
using Showing = std::vector<float>;

// embed, then qkv, out, up and down of each layer.
constexpr std::size_t LinearCount(const NetworkShape& shape) {
  return 1 + 4 * std::size_t{shape.layers};
}
constexpr std::size_t LinearIndex(LinearName name) {
  return static_cast<std::size_t>(name.part) + 4 * std::size_t{name.layer};
}
[[nodiscard]] std::string LinearTitle(std::size_t index);  // "embed", "layer0.qkv", ...

// Called with the input of one linear map for one token, in the order of the run.
using Look = std::function<void(std::size_t linear, std::span<const float> input)>;

// One run of the plain engine under observation. Statuses as RunReference; a showing that
// is not of whole tokens is kBatchShape.
[[nodiscard]] Status Watch(const NetworkView& network, const Showing& z, const Look& look,
                           float& logit);

}  // namespace torpor::model

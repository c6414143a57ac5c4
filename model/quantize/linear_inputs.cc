#include "model/quantize/linear_inputs.h"

#include <array>
#include <string_view>

namespace torpor::model {

std::string LinearTitle(std::size_t index) {
  if (index == 0) return "embed";
  constexpr std::array kParts =
      std::to_array<std::string_view>({"qkv", "out", "up", "down"});
  return "layer" + std::to_string((index - 1) / 4) + "." +
         std::string(kParts[(index - 1) % 4]);
}

Status Watch(const NetworkView& network, const Showing& z, const Look& look,
             float& logit) {
  const std::size_t inputs = network.shape.inputs;
  if (z.size() % inputs != 0) return Status::kBatchShape;
  std::vector<float> scratch(ScratchFloats(network.shape));
  Probe probe;
  probe.see = [](void* context, LinearName name, std::span<const float> input) {
    (*static_cast<const Look*>(context))(LinearIndex(name), input);
  };
  probe.context =
      const_cast<Look*>(&look);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return RunReference(network, z, z.size() / inputs, scratch, logit, probe);
}

}  // namespace torpor::model

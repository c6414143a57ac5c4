#include "bench/cycle/node_peer.h"

namespace torpor::bench {

bool WriteNetworkAsOnnx(const std::filesystem::path& /*model*/,
                        const std::filesystem::path& /*onnx*/) {
  return false;
}

}  // namespace torpor::bench

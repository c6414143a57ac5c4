#include <fstream>

#include "bench/cycle/node_peer.h"
#include "model/assemble.h"
#include "model/network_file.h"
#include "model/onnx/export.h"

namespace torpor::bench {

bool WriteNetworkAsOnnx(const std::filesystem::path& model,
                        const std::filesystem::path& onnx) {
  constexpr std::size_t kAxes = 3;
  const auto file = model::NetworkFile::Open(model);
  if (!file.ok()) return false;
  const auto tokens = model::TokensFor(file->view().shape, kAxes);
  if (!tokens.ok()) return false;
  const auto bytes =
      model::onnx::EncodeOnnx(file->view(), *tokens, model::onnx::Kind::kDynamic);
  if (!bytes.ok()) return false;
  std::ofstream out(onnx, std::ios::binary);
  out << *bytes;
  return static_cast<bool>(out.flush());
}

}  // namespace torpor::bench

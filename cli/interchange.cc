#include "cli/interchange.h"

#include <span>

#include "contract/sign/durable.h"
#include "contract/sign/files.h"
#include "model/onnx/check.h"
#include "model/onnx/export.h"

namespace torpor::cli {
namespace {

namespace onnx = model::onnx;
namespace sign = contract::sign;

OnnxFile About(std::span<const std::byte> bytes) {
  const onnx::Report report = onnx::CheckOnnx(bytes);
  if (report.status != Status::kOk) return {report.status, report.what};
  std::string about = "input z [";
  for (std::size_t i = 0; i < report.input.size(); ++i) {
    about += (i > 0 ? ", " : "") + std::to_string(report.input[i]);
  }
  return {Status::kOk, about + "], " + std::to_string(report.nodes) + " nodes, " +
                           std::to_string(report.quantized) + " products in int8, " +
                           std::to_string(bytes.size()) + " bytes"};
}

}  // namespace

bool OnnxIsBuilt() { return true; }

OnnxFile WriteOnnx(const std::string& path, const model::NetworkView& network,
                   std::size_t tokens) {
  const auto file = onnx::EncodeOnnx(network, tokens);
  if (!file.ok()) return {file.status(), "the network does not take these axes"};
  const auto bytes = std::as_bytes(std::span(*file));
  OnnxFile about = About(bytes);
  if (about.status != Status::kOk) return about;
  const Status written = sign::ReplaceFile(path, bytes);
  return written == Status::kOk ? about : OnnxFile{written, path};
}

OnnxFile CheckOnnxFile(const std::string& path) {
  const auto bytes = sign::ReadFile(path, onnx::kMaxFileBytes);
  if (!bytes.ok()) return {bytes.status(), path};
  OnnxFile about = About(*bytes);
  about.about = path + ": " + about.about;
  return about;
}

}  // namespace torpor::cli

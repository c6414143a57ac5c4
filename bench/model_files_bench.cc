// torpor-bench-files: one float model as every runtime of the comparison reads it.
//
//   torpor-bench-files FLOAT.model TOKENS PREFIX
//
// writes PREFIX.int8.model, and PREFIX.fp32.onnx, .qdq.onnx, .dynamic.onnx,
// .identity.onnx.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "model/network_file.h"
#include "model/onnx/export.h"
#include "model/quantize/quantize.h"
#include "model/test_network.h"

namespace torpor::bench {
namespace {

using model::onnx::EncodeOnnx;

bool Write(const std::string& path, const Result<std::string>& bytes) {
  if (!bytes.ok()) return false;
  std::ofstream out(path, std::ios::binary);
  out << *bytes;
  return static_cast<bool>(out.flush());
}

bool WriteAll(const std::string& path, std::size_t tokens, const std::string& prefix) {
  const auto file = model::NetworkFile::Open(path);
  if (!file.ok()) return false;
  const model::NetworkView& whole = file->view();
  std::vector<model::Showing> showings;
  for (std::uint32_t i = 0; i < 16; ++i) {
    showings.push_back(model::RandomInput(whole.shape, tokens, i, 1));
  }
  const auto ranges = model::Calibrate(whole, showings, model::Clip::kLeastError);
  if (!ranges.ok()) return false;
  const auto weights = model::Quantize(whole, *ranges);
  if (!weights.ok()) return false;
  const auto bytes = model::EncodeNetwork(*weights);
  const auto rounded = model::ParseNetwork(bytes);
  return rounded.ok() &&
         model::WriteNetwork(prefix + ".int8.model", *weights) == Status::kOk &&
         Write(prefix + ".fp32.onnx", EncodeOnnx(whole, tokens)) &&
         Write(prefix + ".qdq.onnx", EncodeOnnx(*rounded, tokens)) &&
         Write(prefix + ".dynamic.onnx",
               EncodeOnnx(*rounded, tokens, model::onnx::Kind::kDynamic)) &&
         Write(prefix + ".identity.onnx",
               model::onnx::EncodeIdentity(tokens, whole.shape.inputs));
}

}  // namespace
}  // namespace torpor::bench

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 3 ||
      !torpor::bench::WriteAll(words[0], std::strtoul(words[1].c_str(), nullptr, 10),
                               words[2])) {
    std::fputs("torpor-bench-files: FLOAT.model TOKENS PREFIX\n", stderr);
    return 65;
  }
  return 0;
}

// Whether an ONNX file is one that torpor could have written: the rules under which
// ONNX Runtime and TensorRT both take it. docs/quantization.md lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/status.h"

namespace torpor::model::onnx {

// A network of ours has less than a megabyte or a few; what is larger is another file.
inline constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

struct Report {
  Status status = Status::kOk;
  std::string what;  // the first thing that is wrong, by its name in the file
  // Only when all is well:
  std::vector<std::int64_t> input;  // the dimensions of z
  std::size_t nodes = 0;
  std::size_t quantized = 0;  // products of int8 with int8
};

// Reads a file that anybody may have made; the first rule that it breaks ends it.
//   kFileTooLarge      larger than kMaxFileBytes
//   kOnnxMalformed     no ONNX file, cut short, another opset than ours, a tensor whose
//                      bytes are not its shape's, or a name that nothing makes
//   kOnnxOperator      a node of a kind that we do not write
//   kOnnxExternalData  weights that lie in another file
//   kOnnxDynamicShape  an input or output one of whose dimensions is not a number
//   kOnnxQuantizer     a quantizer with a zero point other than int8 0, inside a
//                      LayerNorm, or on one side of a product only
[[nodiscard]] Report CheckOnnx(std::span<const std::byte> file);

}  // namespace torpor::model::onnx

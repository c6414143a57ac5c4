// A network as an ONNX file: what ONNX Runtime and TensorRT read.
//
// The file is the same function as reference/: raw z in, logit out, squash included, for
// one fixed number of tokens. docs/quantization.md has the rules that it keeps, and why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/result.h"
#include "model/reference/network_view.h"

namespace torpor::model::onnx {

enum class Kind : std::uint8_t {
  kPlain,    // a float network as it is; an int8 one with quantize/dequantize pairs (QDQ)
  kDynamic,  // of an int8 network: scales of the inputs are measured at each call. A
             // yardstick for benchmarks; TensorRT does not take it
};

// The bytes of the file. Input "z" float [tokens, inputs], output "logit" float [1].
//   kModelMismatch  `tokens` is no multiple of the network's positions, 0, or more than
//                   it takes; or kDynamic was asked of a float network
[[nodiscard]] Result<std::string> EncodeOnnx(const NetworkView& network,
                                             std::size_t tokens,
                                             Kind kind = Kind::kPlain);

// Gives back its input [tokens, inputs]: what calling an engine costs before it computes.
[[nodiscard]] std::string EncodeIdentity(std::size_t tokens, std::size_t inputs);

}  // namespace torpor::model::onnx

// The ONNX file beside a model file: the same network in the form that TensorRT reads.
//
// torpor.model has torpor.2axes.onnx beside it, one for each number of axes, as `torpor
// quantize --onnx` writes it with the same contract. It says in its own text which model
// file it was made from, and is used for no other.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

namespace torpor::model::tensorrt {

inline constexpr std::size_t kMaxOnnxBytes = std::size_t{64} << 20;

// `axes` is tokens / positions: each axis has one token for each place.
[[nodiscard]] std::string OnnxPath(std::string_view model_path, std::size_t axes);

// Whether the file says of itself that it is the network of this model file. Reads the
// outermost fields of the message alone; the rest is the parser's business.
[[nodiscard]] bool IsOnnxOf(std::span<const std::byte> onnx, const Digest& model);

// The file, when it is this model's. `what` names the file and what is wrong.
//   kOnnxOfAnotherModel  there is none, or it is another model's
//   kFileTooLarge, kIo   it cannot be read
[[nodiscard]] Result<std::vector<std::byte>> ReadOnnxBeside(std::string_view model_path,
                                                            std::size_t axes,
                                                            const Digest& model,
                                                            std::string& what);

}  // namespace torpor::model::tensorrt

// Networks as ONNX files, where torpor was built with libonnx-dev; elsewhere each of
// these is refused with kOnnxNotBuilt.
#pragma once

#include <cstddef>
#include <string>

#include "core/status.h"
#include "model/reference/network_view.h"

namespace torpor::cli {

struct OnnxFile {
  Status status = Status::kOk;
  std::string about;  // one clause: what is wrong, or what the file holds
};

[[nodiscard]] bool OnnxIsBuilt();

// Replaces the file. What was written is held to the rules before it is.
[[nodiscard]] OnnxFile WriteOnnx(const std::string& path,
                                 const model::NetworkView& network, std::size_t tokens);

// Holds a file to the rules. Refuses as model::onnx::CheckOnnx, kFileMissing and kIo.
[[nodiscard]] OnnxFile CheckOnnxFile(const std::string& path);

}  // namespace torpor::cli

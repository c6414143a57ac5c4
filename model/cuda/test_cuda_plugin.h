// torpor-cuda.so as the accelerator's process opens it, for tests.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model/backend_plugin.h"

namespace torpor::model::cuda {

inline Result<std::unique_ptr<DeviceNetwork>> OpenCuda(const NetworkFile& file,
                                                       std::size_t tokens,
                                                       std::string& problem) {
  const std::filesystem::path object = TORPOR_BINARY_DIR "/lib/torpor/torpor-cuda.so";
  return OpenPlugin(object, "cuda", file, "random.model", tokens, {}, problem);
}

}  // namespace torpor::model::cuda

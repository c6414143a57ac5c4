#include "cli/interchange.h"

namespace torpor::cli {

bool OnnxIsBuilt() { return false; }

OnnxFile WriteOnnx(const std::string& path, const model::NetworkView& /*network*/,
                   std::size_t /*tokens*/) {
  return {Status::kOnnxNotBuilt, path};
}

OnnxFile CheckOnnxFile(const std::string& path) { return {Status::kOnnxNotBuilt, path}; }

}  // namespace torpor::cli

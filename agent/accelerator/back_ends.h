// The back ends that the accelerator's process can run: two that are built in, and
// whatever plugin is installed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "model/backend_plugin.h"

namespace torpor::agent {

struct BackEndWish {
  // "cpu", "reference", "tensorrt" (the newest that is installed), or a plugin's name
  std::string name;
  std::filesystem::path model;
  Digest digest{};              // that the model file must have
  std::size_t tokens = 0;       // of every run
  std::filesystem::path cache;  // empty: nothing is kept
  std::string device_meter;  // NVML's library; empty: the device's joules are unmetered
};

// The model file is read and verified, then the back end opened on it. `file` receives
// the file and must outlive the network. `problem` gets one clause.
//   kModelMissing, kIo, kModelMalformed, kModelVersion  as NetworkFile::Open
//   kModelDigest         it is another model than the wish's
//   kAcceleratorMissing  there is no such back end here
//   and what its open says (model::OpenPlugin)
[[nodiscard]] Result<std::unique_ptr<model::DeviceNetwork>> OpenBackEnd(
    const BackEndWish& wish, model::NetworkFile& file, std::string& problem);

}  // namespace torpor::agent

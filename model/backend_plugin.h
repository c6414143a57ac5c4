// A back end that is not built in, opened as a shared object (model/backend_abi.h). Only
// the accelerator's process links this: torpord loads no foreign code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "model/network.h"
#include "model/network_file.h"

namespace torpor::model {

// A Network with what only a device has. One thread at a time.
class DeviceNetwork : public Network {
 public:
  // As Network::Run, for exactly the tokens it was opened for; returns when the device
  // has finished. Besides: kAcceleratorFailed and the back ends' own statuses. Gives back
  // what only a run needs; the next run takes it again.
  [[nodiscard]] virtual Status FreeActivations() = 0;
  [[nodiscard]] virtual std::uint32_t in_flight() const = 0;
  // Driver, library and device, as TorporBackend::versions says.
  [[nodiscard]] virtual std::string versions() const = 0;
  // One clause about the last status that was not kOk; may be empty.
  [[nodiscard]] virtual std::string_view problem() const = 0;
};

// Opens the shared object, asks it for its table, and opens the network on its device.
// The device is given back when the network is destroyed; the object stays mapped until
// the process ends, because threads of a driver may still return through it.
//
//   file     of the model, verified; must outlive the network
//   path     of that file, for back ends that look for another form of it beside it
//   tokens   that every run will have
//   cache    where a plan may be kept; empty: nowhere
//   problem  gets one clause naming what is wrong
//
//   kAcceleratorMissing  no such object, or one of its own libraries is not there; it
//                        exports no torpor_backend; it is of another interface version;
//                        its table is incomplete or of another name than `name`
//   and what the plugin's open says; kAcceleratorFailed where that is no status of ours
[[nodiscard]] Result<std::unique_ptr<DeviceNetwork>> OpenPlugin(
    const std::filesystem::path& object, std::string_view name, const NetworkFile& file,
    const std::filesystem::path& path, std::size_t tokens,
    const std::filesystem::path& cache, std::string& problem);

// ../lib/torpor/torpor-NAME.so, seen from the running program.
[[nodiscard]] std::filesystem::path PluginPath(std::string_view name);

}  // namespace torpor::model

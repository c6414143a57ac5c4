// torpor-tensorrt8.so and torpor-tensorrt10.so: TensorRtNetwork behind the C interface of
// model/backend_abi.h.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string>

#include "model/backend_abi.h"
#include "model/cuda/abi_guard.h"
#include "model/reference/layout.h"
#include "model/tensorrt/tensorrt_network.h"

namespace torpor::model::tensorrt {
namespace {

using cuda::Guarded;

// What the network needs of the announcement, which fits the model it comes with.
Outcome Read(const TorporBackendModel& model, Wanted& wanted) {
  std::string_view why;
  const auto header = ReadNetworkHeader(
      {reinterpret_cast<const std::byte*>(model.bytes), model.size}, why);
  if (!header.ok()) return {header.status(), std::string(why)};
  const NetworkShape& shape = header->shape;
  if (model.tokens == 0 || model.tokens > shape.max_tokens ||
      model.tokens % shape.positions != 0 || model.inputs != shape.inputs) {
    return {Status::kBatchShape, "the network does not take such an input"};
  }
  wanted.model_path = model.path;
  std::memcpy(wanted.digest.data(), model.digest, sizeof model.digest);
  wanted.tokens = model.tokens;
  wanted.inputs = model.inputs;
  wanted.axes = model.tokens / shape.positions;
  wanted.cache_folder = model.cache_folder != nullptr ? model.cache_folder : "";
  return {};
}

void* Open(const TorporBackendModel* model, std::int32_t* status,
           TorporBackendError* error) {
  std::unique_ptr<TensorRtNetwork> network;
  *status = Guarded(error, [&]() -> Outcome {
    Wanted wanted;
    Outcome outcome = Read(*model, wanted);
    if (!outcome.ok()) return outcome;
    network = std::make_unique<TensorRtNetwork>();
    return network->Open(wanted);
  });
  if (*status != 0) network = nullptr;
  return network.release();
}

using Calls = cuda::Plugged<TensorRtNetwork>;

void Versions(void* self, char* out, std::size_t size) {
  const cuda::DeviceIdentity& device = Calls::Of(self).device();
  try {
    std::snprintf(
        out, size, "name=%s; driver=%s; library=%s; runtime=%s; device=%s, sm_%d%d",
        TensorRtNetwork::Name().data(), cuda::VersionText(device.driver).c_str(),
        TensorRtNetwork::LibraryVersion().c_str(),
        cuda::VersionText(device.runtime).c_str(), device.name.c_str(), device.major,
        device.minor);
  } catch (const std::exception&) {
    out[0] = '\0';
  }
}

constexpr TorporBackend kTable{TORPOR_BACKEND_ABI,
                               TensorRtNetwork::Name().data(),
                               Open,
                               Calls::Run,
                               Calls::FreeActivations,
                               Calls::InFlight,
                               Versions,
                               Calls::Close};

}  // namespace
}  // namespace torpor::model::tensorrt

const TorporBackend* torpor_backend(std::uint32_t abi) {
  return abi == TORPOR_BACKEND_ABI ? &torpor::model::tensorrt::kTable : nullptr;
}

// torpor-cuda.so: CudaNetwork behind the C interface of model/backend_abi.h.
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>

#include "model/backend_abi.h"
#include "model/cuda/abi_guard.h"
#include "model/cuda/cuda_network.h"

namespace torpor::model::cuda {
namespace {

void* Open(const TorporBackendModel* model, std::int32_t* status,
           TorporBackendError* error) {
  std::unique_ptr<CudaNetwork> network;
  *status = Guarded(error, [&]() -> Outcome {
    network = std::make_unique<CudaNetwork>();
    Outcome outcome = network->Open(
        {reinterpret_cast<const std::byte*>(model->bytes), model->size}, model->tokens);
    if (!outcome.ok()) return outcome;
    if (network->network().shape.inputs != model->inputs) {
      return {Status::kBatchShape, "the model has another number of inputs"};
    }
    if (std::memcmp(network->network().digest.data(), model->digest,
                    sizeof model->digest) != 0) {
      return {Status::kModelDigest, "the model is not the one that was announced"};
    }
    return {};
  });
  if (*status != 0) network = nullptr;
  return network.release();
}

using Calls = Plugged<CudaNetwork>;

void Versions(void* self, char* out, std::size_t size) {
  const DeviceIdentity& device = Calls::Of(self).device();
  try {
    std::snprintf(out, size, "name=cuda; driver=%s; library=%s; device=%s, sm_%d%d",
                  VersionText(device.driver).c_str(), VersionText(device.runtime).c_str(),
                  device.name.c_str(), device.major, device.minor);
  } catch (const std::exception&) {
    out[0] = '\0';
  }
}

constexpr TorporBackend kTable{
    TORPOR_BACKEND_ABI,     "cuda",          Open,     Calls::Run,
    Calls::FreeActivations, Calls::InFlight, Versions, Calls::Close};

}  // namespace
}  // namespace torpor::model::cuda

const TorporBackend* torpor_backend(std::uint32_t abi) {
  return abi == TORPOR_BACKEND_ABI ? &torpor::model::cuda::kTable : nullptr;
}

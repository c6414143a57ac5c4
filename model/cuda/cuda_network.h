// A network on a CUDA device, with the kernels of this folder: bits of the reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "model/cuda/run.h"
#include "model/cuda/runtime.h"

namespace torpor::model::cuda {

// One thread at a time. Destroyed, it has waited for the device and given all back; the
// context stays until the process ends.
class CudaNetwork {
 public:
  // `file` is the model, verified, and looked at during this call alone; each run has
  // `tokens`. To be called once; whatever it says, destroying gives back what was taken.
  //   kBatchShape         the network does not take so many tokens
  //   kModelMalformed, kModelVersion  the bytes are no model
  //   kDeviceMissing, kDeviceMemory, kAcceleratorFailed  see Said()
  [[nodiscard]] Outcome Open(std::span<const std::byte> file, std::size_t tokens);

  // Returns when the device has finished, whatever it says. `z` has tokens * inputs.
  //   kBatchShape  z is of another shape
  //   kNotANumber  a value of z, or the logit, is not finite
  //   kDeviceMemory, kAcceleratorFailed
  [[nodiscard]] Outcome Run(std::span<const float> z, float& logit);

  // The next run takes it again.
  [[nodiscard]] Outcome FreeActivations();

  [[nodiscard]] std::uint32_t in_flight() const { return stream_.busy() ? 1 : 0; }
  [[nodiscard]] const NetworkView& network() const { return network_; }
  [[nodiscard]] const DeviceIdentity& device() const { return device_; }

 private:
  [[nodiscard]] Outcome Upload(std::span<const std::byte> file);
  [[nodiscard]] Outcome TakeActivations();
  [[nodiscard]] Outcome Enqueue(std::span<const float> z);

  NetworkView network_;  // its pointers are the device's
  NetworkShape shape_;   // for exactly these tokens
  std::size_t tokens_ = 0;
  DeviceIdentity device_;
  Memory weights_{Memory::Place::kDevice}, activations_{Memory::Place::kDevice};
  Memory staging_{Memory::Place::kHost};  // z, and behind it the logit
  Stream stream_;  // the last to be taken: destroyed first, when it has been waited for
};

}  // namespace torpor::model::cuda

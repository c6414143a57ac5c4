// A network run by TensorRT, version 8.6 or 10: compiled once for each major version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "model/cuda/runtime.h"
#include "model/tensorrt/plan_cache.h"
#include "model/tensorrt/teardown.h"

namespace nvinfer1 {  // only TensorRT's own headers say more
class IRuntime;
class ICudaEngine;
class IExecutionContext;
}  // namespace nvinfer1

namespace torpor::model::tensorrt {

using cuda::Outcome;

// What is opened, and with what it will be run.
struct Wanted {
  std::string model_path;  // the ONNX file is beside it
  Digest digest{};         // of the model
  std::size_t tokens = 0, inputs = 0, axes = 0;
  std::string cache_folder;  // empty: every process makes its plan
};

// One thread at a time. Destroyed, it has waited for the device and given all back, in
// the order of model/tensorrt/teardown.h.
class TensorRtNetwork {
 public:
  TensorRtNetwork() = default;
  TensorRtNetwork(const TensorRtNetwork&) = delete;
  TensorRtNetwork& operator=(const TensorRtNetwork&) = delete;
  ~TensorRtNetwork() { GiveBackInOrder(*this); }

  // To be called once. Takes a plan from the cache, or makes one, which takes from
  // seconds to minutes.
  //   kOnnxOfAnotherModel, kFileTooLarge, kIo  as ReadOnnxBeside
  //   kPlanFailed                              TensorRT cannot make a plan of it, or one
  //                                            of other tensors than z and logit
  //   kDeviceMissing, kDeviceMemory, kAcceleratorFailed
  [[nodiscard]] Outcome Open(const Wanted& wanted);

  // Returns when the device has finished, whatever it says.
  //   kBatchShape  z is of another shape
  //   kNotANumber  a value of z, or the logit, is not finite
  //   kDeviceMemory, kAcceleratorFailed
  [[nodiscard]] Outcome Run(std::span<const float> z, float& logit);

  // The context stays and has no memory; the next run takes it again.
  [[nodiscard]] Outcome FreeActivations();

  [[nodiscard]] std::uint32_t in_flight() const { return stream_.busy() ? 1 : 0; }
  [[nodiscard]] const cuda::DeviceIdentity& device() const { return device_; }
  [[nodiscard]] static std::string LibraryVersion();  // that is loaded: "10.3.0"
  [[nodiscard]] static constexpr std::string_view Name() {
    return TORPOR_TENSORRT_MAJOR == 8 ? "tensorrt8" : "tensorrt10";
  }

  // For GiveBackInOrder.
  [[nodiscard]] bool Holds(Part part) const;
  void Release(Part part);

 private:
  [[nodiscard]] Outcome Deserialise(std::span<const std::byte> plan);
  [[nodiscard]] Outcome LoadOrBuild(const Wanted& wanted,
                                    std::span<const std::byte> onnx);
  [[nodiscard]] Outcome CheckTensors(const Wanted& wanted) const;
  [[nodiscard]] Outcome MakeContext();
  [[nodiscard]] Outcome TakeActivations();
  [[nodiscard]] Outcome Enqueue(std::span<const float> z);

  std::size_t tokens_ = 0, inputs_ = 0;
  bool lent_ = false;  // all memory was taken, and the context knows it
  cuda::DeviceIdentity device_;
  cuda::Stream stream_;
  // Owned; given back by Release alone, in its order.
  nvinfer1::IRuntime* runtime_ = nullptr;
  nvinfer1::ICudaEngine* engine_ = nullptr;
  nvinfer1::IExecutionContext* context_ = nullptr;
  cuda::Memory activations_{cuda::Memory::Place::kDevice};  // the context's
  cuda::Memory tensors_{cuda::Memory::Place::kDevice};      // z, and behind it the logit
  cuda::Memory staging_{cuda::Memory::Place::kHost};        // the same
};

}  // namespace torpor::model::tensorrt

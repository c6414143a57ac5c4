#include "model/cuda/runtime.h"

#include <cuda_runtime_api.h>

#include <utility>

namespace torpor::model::cuda {
namespace {

Status StatusOf(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return Status::kOk;
    case cudaErrorMemoryAllocation:
      return Status::kDeviceMemory;
    case cudaErrorInsufficientDriver:  // also where there is none
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
    case cudaErrorDevicesUnavailable:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorCompatNotSupportedOnDevice:
      return Status::kDeviceMissing;
    default:
      return Status::kAcceleratorFailed;
  }
}

}  // namespace

Outcome Said(const char* call, int error) {
  const auto code = static_cast<cudaError_t>(error);
  if (code == cudaSuccess) return {};
  (void)cudaGetLastError();  // or the next call would repeat what was said here
  return {StatusOf(code), std::string(call) + ": " + cudaGetErrorString(code)};
}

Outcome TakeDevice() {
  int count = 0;
  Outcome outcome = Said("cudaGetDeviceCount", cudaGetDeviceCount(&count));
  if (outcome.ok()) {
    outcome =
        Said("cudaSetDeviceFlags", cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync));
  }
  if (outcome.ok()) outcome = Said("cudaSetDevice", cudaSetDevice(0));
  return outcome;
}

Outcome Identify(DeviceIdentity& identity) {
  cudaDeviceProp properties{};
  Outcome outcome =
      Said("cudaGetDeviceProperties", cudaGetDeviceProperties(&properties, 0));
  if (outcome.ok()) {
    outcome = Said("cudaDriverGetVersion", cudaDriverGetVersion(&identity.driver));
  }
  if (outcome.ok()) {
    outcome = Said("cudaRuntimeGetVersion", cudaRuntimeGetVersion(&identity.runtime));
  }
  if (!outcome.ok()) return outcome;
  identity.name = properties.name;
  identity.major = properties.major;
  identity.minor = properties.minor;
  return {};
}

std::string VersionText(int cuda_version) {
  return std::to_string(cuda_version / 1000) + "." +
         std::to_string(cuda_version % 1000 / 10);
}

Outcome Stream::Open() {
  return Said("cudaStreamCreateWithFlags",
              cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
}

Outcome Stream::Synchronise() {
  Outcome outcome = Said("cudaStreamSynchronize", cudaStreamSynchronize(stream_));
  if (outcome.ok()) unfinished_ = false;
  return outcome;
}

void Stream::Close() {
  if (stream_ == nullptr) return;
  (void)Synchronise();
  (void)Said("cudaStreamDestroy", cudaStreamDestroy(stream_));
  stream_ = nullptr;
  unfinished_ = false;
}

Outcome Stream::Copy(void* to, const void* from, std::size_t bytes) {
  unfinished_ = true;
  return Said("cudaMemcpyAsync",
              cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_));
}

bool Stream::busy() const {
  return unfinished_ && cudaStreamQuery(stream_) == cudaErrorNotReady;
}

Outcome Memory::Take(std::size_t bytes) {
  Outcome outcome = Free();
  if (!outcome.ok()) return outcome;
  void* taken = nullptr;
  outcome =
      place_ == Place::kDevice
          ? Said("cudaMalloc", cudaMalloc(&taken, bytes))
          : Said("cudaHostAlloc", cudaHostAlloc(&taken, bytes, cudaHostAllocDefault));
  if (outcome.ok()) memory_ = static_cast<std::byte*>(taken);
  return outcome;
}

Outcome Memory::Free() {
  std::byte* const memory = std::exchange(memory_, nullptr);
  if (memory == nullptr) return {};
  return place_ == Place::kDevice ? Said("cudaFree", cudaFree(memory))
                                  : Said("cudaFreeHost", cudaFreeHost(memory));
}

}  // namespace torpor::model::cuda

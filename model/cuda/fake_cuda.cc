#include "model/cuda/fake_cuda.h"

#include <cuda_runtime_api.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "model/cuda/launch.h"

namespace torpor::model::cuda {

FakeCuda& TheFakeCuda() {
  static FakeCuda& fake = *new FakeCuda;
  return fake;
}

bool FakeCuda::Fails(const char* name) {
  calls.emplace_back(name);
  return calls.size() == fail_at;
}

void FakeCuda::Check(const void* memory, std::size_t bytes, const char* what) {
  const auto* const at = static_cast<const std::byte*>(memory);
  for (const auto* taken : {&device, &host}) {
    auto next = taken->upper_bound(at);
    if (next == taken->begin()) continue;
    --next;
    if (at >= next->first && at + bytes <= next->first + next->second) return;
  }
  wrong.emplace_back(what);
}

void FakeCuda::Drain() {
  for (const auto& work : std::exchange(pending, {})) work();
}

namespace {

FakeCuda& fake() { return TheFakeCuda(); }

cudaError_t Answer(const char* name) {
  return fake().Fails(name) ? static_cast<cudaError_t>(fake().error) : cudaSuccess;
}

cudaError_t Take(const char* name, void** memory, std::size_t bytes,
                 std::map<const std::byte*, std::size_t>& taken) {
  const cudaError_t error = Answer(name);
  if (error != cudaSuccess) return error;
  *memory = std::malloc(bytes);
  std::memset(*memory, 0xFF, bytes);  // not what the last run left there
  taken[static_cast<std::byte*>(*memory)] = bytes;
  return cudaSuccess;
}

// Freed even where it says no: only the end of the process is surer.
cudaError_t Give(const char* name, void* memory,
                 std::map<const std::byte*, std::size_t>& taken) {
  if (!fake().pending.empty()) fake().wrong.emplace_back("freed under work");
  if (taken.erase(static_cast<std::byte*>(memory)) != 1) {
    fake().wrong.emplace_back("freed what was not taken");
    return cudaErrorInvalidValue;
  }
  std::free(memory);
  return Answer(name);
}

// Launches as the loops of cuda_kernels_test.
struct Loop {
  template <class Kernel>
  void operator()(const Kernel& kernel) {
    for (Index i = 0; i < Blocks(kernel.items) * kBlockThreads; ++i) {
      RunThread(kernel, i / kBlockThreads, i % kBlockThreads);
    }
  }
};

}  // namespace

int LaunchRun(const NetworkView& network, const Activations& memory, std::size_t tokens,
              CUstream_st* /*stream*/) {
  const cudaError_t error = Answer("LaunchRun");
  if (error != cudaSuccess) return error;
  fake().pending.emplace_back([network, memory, tokens] {
    fake().Check(network.embed.bias.data(), network.embed.bias.size_bytes(), "weights");
    fake().Check(memory.z, tokens * network.shape.inputs * sizeof(float), "z");
    fake().Check(memory.logit, sizeof(float), "logit");
    Loop loop;
    Run(network, memory, tokens, loop)();
  });
  return cudaSuccess;
}

}  // namespace torpor::model::cuda

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
using torpor::model::cuda::Answer;
using torpor::model::cuda::fake;

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return Answer("cudaGetDeviceCount");
}
cudaError_t cudaSetDeviceFlags(unsigned int flags) {
  if (flags != cudaDeviceScheduleBlockingSync) fake().wrong.emplace_back("it would spin");
  return Answer("cudaSetDeviceFlags");
}
cudaError_t cudaSetDevice(int /*device*/) { return Answer("cudaSetDevice"); }
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int /*device*/) {
  std::strcpy(properties->name, "Fake");
  properties->major = 8;
  properties->minor = 7;
  return Answer("cudaGetDeviceProperties");
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = 13000;
  return Answer("cudaDriverGetVersion");
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 12060;
  return Answer("cudaRuntimeGetVersion");
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags) {
  if (flags != cudaStreamNonBlocking) fake().wrong.emplace_back("the default stream");
  const cudaError_t error = Answer("cudaStreamCreateWithFlags");
  if (error != cudaSuccess) return error;
  *stream = reinterpret_cast<cudaStream_t>(&fake());
  ++fake().streams;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (stream == nullptr) fake().wrong.emplace_back("the default stream");
  fake().Drain();
  return Answer("cudaStreamSynchronize");
}
cudaError_t cudaStreamQuery(cudaStream_t /*stream*/) {
  return fake().pending.empty() ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaStreamDestroy(cudaStream_t /*stream*/) {
  if (!fake().pending.empty()) fake().wrong.emplace_back("destroyed under work");
  --fake().streams;
  return Answer("cudaStreamDestroy");
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes,
                            cudaMemcpyKind /*kind*/, cudaStream_t stream) {
  if (stream == nullptr) fake().wrong.emplace_back("the default stream");
  const cudaError_t error = Answer("cudaMemcpyAsync");
  if (error != cudaSuccess) return error;
  fake().pending.emplace_back([=] {
    fake().Check(to, bytes, "copied to memory that is not taken");
    fake().Check(from, bytes, "copied from memory that is not taken");
    std::memcpy(to, from, bytes);
  });
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  return torpor::model::cuda::Take("cudaMalloc", memory, bytes, fake().device);
}
cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned int /*flags*/) {
  return torpor::model::cuda::Take("cudaHostAlloc", memory, bytes, fake().host);
}
cudaError_t cudaFree(void* memory) {
  return torpor::model::cuda::Give("cudaFree", memory, fake().device);
}
cudaError_t cudaFreeHost(void* memory) {
  return torpor::model::cuda::Give("cudaFreeHost", memory, fake().host);
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t /*error*/) { return "as it was told"; }
// NOLINTEND(readability-identifier-naming)

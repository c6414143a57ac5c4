#include <cuda_runtime.h>

#include "model/cuda/launch.h"

namespace torpor::model::cuda {
namespace {

template <class Kernel>
__global__ void __launch_bounds__(kBlockThreads) AllItems(const Kernel kernel) {
  RunThread(kernel, blockIdx.x, threadIdx.x);
}

// Kernels of one stream run one after another: each sees what those before it wrote.
class OnStream {
 public:
  explicit OnStream(cudaStream_t stream) : stream_(stream) {}

  template <class Kernel>
  void operator()(const Kernel& kernel) {
    if (error_ != cudaSuccess) return;
    AllItems<<<Blocks(kernel.items), kBlockThreads, 0, stream_>>>(kernel);
    error_ = cudaGetLastError();
  }
  [[nodiscard]] cudaError_t error() const { return error_; }

 private:
  cudaStream_t stream_;
  cudaError_t error_ = cudaSuccess;
};

}  // namespace

int LaunchRun(const NetworkView& network, const Activations& memory, std::size_t tokens,
              CUstream_st* stream) {
  OnStream launch(stream);
  Run(network, memory, tokens, launch)();
  return launch.error();
}

}  // namespace torpor::model::cuda

// What only nvcc can compile.
#pragma once

#include <cstddef>

#include "model/cuda/run.h"

struct CUstream_st;  // what cudaStream_t points to

namespace torpor::model::cuda {

// Gives all kernels of a run to the stream and returns at once, whether or not they have
// begun; network and memory point to the device. Gives back a cudaError_t, upon which the
// rest was not launched.
[[nodiscard]] int LaunchRun(const NetworkView& network, const Activations& memory,
                            std::size_t tokens, CUstream_st* stream);

}  // namespace torpor::model::cuda

// Making a plan of an ONNX file: what takes minutes, once.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "model/cuda/runtime.h"

namespace torpor::model::tensorrt {

// How BuildPlan asks; part of the plan's key, so that another asking makes another plan.
inline constexpr std::string_view kBuild =
    "static shapes; no TF32; 64 MiB workspace; 0 auxiliary streams";

// `profile_stream` is what the builder measures on, instead of the default one.
//   kPlanFailed  the ONNX file is not understood, or no plan can be made; with TensorRT's
//                own words
[[nodiscard]] cuda::Outcome BuildPlan(std::span<const std::byte> onnx,
                                      CUstream_st* profile_stream,
                                      std::vector<std::byte>& plan);

}  // namespace torpor::model::tensorrt

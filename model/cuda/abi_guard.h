// From C++ to the C interface of model/backend_abi.h: outcomes become numbers and text,
// and nothing is thrown across. For the plugins' own .cc files.
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>

#include "model/backend_abi.h"
#include "model/cuda/runtime.h"

namespace torpor::model::cuda {

inline std::int32_t Tell(const Outcome& outcome, TorporBackendError* error) {
  if (!outcome.ok()) {
    std::snprintf(error->text, sizeof error->text, "%s", outcome.what.c_str());
  }
  return static_cast<std::int32_t>(outcome.status);
}

// What is thrown, most likely for the lack of memory, is kAcceleratorFailed.
template <class Function>  // Outcome Function()
std::int32_t Guarded(TorporBackendError* error, Function function) noexcept {
  try {
    return Tell(function(), error);
  } catch (const std::exception& thrown) {
    std::snprintf(error->text, sizeof error->text, "%s", thrown.what());
  } catch (...) {
    std::snprintf(error->text, sizeof error->text, "something was thrown");
  }
  return static_cast<std::int32_t>(Status::kAcceleratorFailed);
}

}  // namespace torpor::model::cuda

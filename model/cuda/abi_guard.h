// From C++ to the C interface of model/backend_abi.h: outcomes become numbers and text,
// and nothing is thrown across. For the plugins' own .cc files.
#pragma once

#include <cstddef>
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

// The calls that are the same for each network behind the interface: Run,
// FreeActivations and in_flight of `Network`, and its end.
template <class Network>
struct Plugged {
  static Network& Of(void* self) { return *static_cast<Network*>(self); }

  static std::int32_t Run(void* self, const float* z, std::size_t tokens,
                          std::size_t inputs, float* logit, TorporBackendError* error) {
    return Guarded(error, [&] { return Of(self).Run({z, tokens * inputs}, *logit); });
  }
  static std::int32_t FreeActivations(void* self, TorporBackendError* error) {
    return Guarded(error, [&] { return Of(self).FreeActivations(); });
  }
  static std::uint32_t InFlight(void* self) { return Of(self).in_flight(); }
  static void Close(void* self) { delete static_cast<Network*>(self); }
};

}  // namespace torpor::model::cuda

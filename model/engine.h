// What turns a window of samples into numbers to judge. Whatever does it, the cycle does
// the same: Infer once, then Release before anything waits for a network.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/status.h"
#include "model/context.h"
#include "signal/features.h"
#include "signal/health.h"
#include "signal/shape.h"

namespace torpor::model {

// Of fixed size, so that it crosses to and from an accelerator's process as it is.
struct Output {
  std::uint32_t count = 0;                           // of the values that mean something
  std::array<float, signal::kMaxFeatures> values{};  // of this window, as signal::Tokens
  signal::Levels levels;  // of the sensor, for standstill and drift of its offset
  bool has_logit = false;
  float logit = 0;  // of the network, for the mean of the context's windows and this one

  [[nodiscard]] std::span<const float> features() const {
    return std::span(values).first(count);
  }
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Exactly one window, interleaved, of shape(). The network runs where there is one and
  // the context knows the machine. On any status but kOk the output is not to be judged:
  //   kBatchShape, kSensorDead, kSensorClipped, kSensorOffset  as signal::CheckSensor
  //   kNotANumber                                              a value is not finite
  [[nodiscard]] virtual Status Infer(std::span<const std::int16_t> window,
                                     const Context& context, Output& output) = 0;

  // Gives back what draws power; Infer takes it again. Harmless when nothing is held.
  virtual void Release() = 0;

  [[nodiscard]] virtual const signal::Shape& shape() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
};

}  // namespace torpor::model

// A sensor that is not there: what the host firmware reads instead of a chip.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "contract/terms.h"
#include "core/result.h"
#include "core/time.h"

namespace torpor::simulate {

// Frames (one sample of every axis) as a function of time since the sensor's life began.
class Accelerometer {
 public:
  virtual ~Accelerometer() = default;

  // Fills `out` (interleaved int16, a whole number of frames) with what a sampling window
  // that began at `start` holds. Pure in `start`: asked twice, it answers twice the same.
  // Steps are those of contract::Sensor::GPerStep().
  //   kNothingNew          the life (recording) has ended before this window
  //   kNotANumber          the source holds a value that is not finite
  //   kBatchShape          `out` is not whole frames, or longer than a window
  //   kRecordingTruncated  the file cannot be decoded there
  [[nodiscard]] virtual Status Read(Microseconds start, std::span<std::int16_t> out) = 0;

  // Of the shaft in the window that begins at `start`; nothing where nobody measures it.
  [[nodiscard]] virtual std::optional<double> ShaftHz(Microseconds /*start*/) const {
    return std::nullopt;
  }

  // Length of the life; windows that begin at or after it do not exist.
  [[nodiscard]] virtual Microseconds life() const = 0;
};

}  // namespace torpor::simulate

// One axis of an interleaved window, as numbers to compute with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace torpor::signal {

struct Axis {
  std::span<const std::int16_t> window;  // whole frames of `axes` samples
  std::size_t axes = 1;
  std::size_t axis = 0;

  [[nodiscard]] std::size_t frames() const { return window.size() / axes; }
  // In steps; 0 of no samples. Gravity and bias, which nothing here listens to.
  [[nodiscard]] float Mean() const;
  // Frames from `first` on, less `mean`.
  void Read(std::size_t first, float mean, std::span<float> out) const;
};

}  // namespace torpor::signal

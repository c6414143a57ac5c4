// What one batch of a sensor looks like: the part of the contract that signal processing
// needs, and what a baseline is bound to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace torpor::signal {

inline constexpr std::size_t kMaxAxes = 6;

struct Shape {
  std::uint32_t sample_rate_millihertz = 0;
  std::uint32_t axes = 0;                // interleaved
  std::uint32_t frames = 0;              // samples of each axis in one batch
  std::uint32_t full_scale_milli_g = 0;  // 2^15 steps

  [[nodiscard]] constexpr std::size_t samples() const {
    return std::size_t{frames} * axes;
  }
  [[nodiscard]] constexpr double rate_hz() const {
    return sample_rate_millihertz / 1000.0;
  }
  [[nodiscard]] constexpr double g_per_step() const {
    return full_scale_milli_g / 1000.0 / 32768.0;
  }
  friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

}  // namespace torpor::signal

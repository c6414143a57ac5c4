#include "signal/axis.h"

namespace torpor::signal {

float Axis::Mean() const {
  if (window.empty()) return 0;
  std::int64_t sum = 0;
  for (std::size_t i = axis; i < window.size(); i += axes) sum += window[i];
  return static_cast<float>(static_cast<double>(sum) / static_cast<double>(frames()));
}

void Axis::Read(std::size_t first, float mean, std::span<float> out) const {
  const std::int16_t* sample = window.data() + first * axes + axis;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(sample[i * axes]) - mean;
  }
}

}  // namespace torpor::signal

// CheckSensor() written down as plainly as signal/health.h says it, a sample at a time:
// the truth of the tests, the peer of the benchmark.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "signal/health.h"

namespace torpor::signal {

inline Status PlainAxis(std::span<const std::int16_t> samples, const Shape& shape,
                        std::size_t axis, Levels& levels) {
  const int frames = static_cast<int>(shape.frames);
  const auto at = [&](int frame) {
    return int{samples[static_cast<std::size_t>(frame) * shape.axes + axis]};
  };
  int least = at(0), most = at(0), longest = 0, held = 0, code = 1 << 16;
  double sum = 0, squares = 0;
  for (int i = 0; i < frames; ++i) {
    least = std::min(least, at(i));
    most = std::max(most, at(i));
    held = i > 0 && at(i) == at(i - 1) ? held + 1 : 1;
    longest = std::max(longest, held);
    while ((at(i) - at(0)) % code != 0) code /= 2;
    sum += at(i);
    squares += double(at(i)) * at(i);
  }
  if (least == most) code = 1;
  const double mean = sum / frames;
  levels.offset_g[axis] = static_cast<float>(mean * shape.g_per_step());
  levels.rms_g[axis] = static_cast<float>(
      std::sqrt(std::max(0.0, squares / frames - mean * mean)) * shape.g_per_step());

  if (most - least <= code || longest > frames / 2) return Status::kSensorDead;
  const int many = frames / static_cast<int>(kClippedOneIn);
  int at_rail = 0;
  for (int i = 0; i < frames; ++i) {
    if (at(i) == -32768 || at(i) > 32767 - code) ++at_rail;
  }
  bool clipped = at_rail > many;
  for (const int extreme : {least, most}) {
    const int codes = static_cast<int>(std::abs(mean - extreme)) / code;
    if (codes < 16) continue;
    const int top = codes / 64 * code, strip = top + 4 * std::max(codes / 64, 1) * code;
    int at_top = 0, before = 0;
    for (int i = 0; i < frames; ++i) {
      const int away = std::abs(at(i) - extreme);
      if (away <= top) ++at_top;
      if (away > top && away <= strip) ++before;
    }
    clipped = clipped || (at_top > std::max(many, 8) && at_top > 2 * before);
  }
  if (clipped) return Status::kSensorClipped;
  return std::abs(mean) > 0.75 * 32768 ? Status::kSensorOffset : Status::kOk;
}

inline Status PlainCheck(std::span<const std::int16_t> samples, const Shape& shape,
                         Levels& levels) {
  levels = {};
  Status first = Status::kOk;
  for (std::size_t axis = 0; axis < shape.axes; ++axis) {
    const Status status = PlainAxis(samples, shape, axis, levels);
    if (first == Status::kOk) first = status;
  }
  return first;
}

}  // namespace torpor::signal

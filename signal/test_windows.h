// Windows that every machine makes with the same bits, by whole numbers alone, to compare
// what their front ends make of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "signal/shape.h"

namespace torpor::signal {

enum class WindowKind { kNoise, kKnocks, kQuiet, kClipped, kConstant };

struct TestWindow {
  const char* name;
  WindowKind kind;
  Shape shape;
};

inline constexpr Shape kBenchShape{25'600'000, 2, 2560, 50'000};
inline constexpr Shape kWarehouseShape{3'200'000, 3, 16'000, 16'000};

inline constexpr std::array<TestWindow, 8> kTestWindows = {{
    {"bench-noise", WindowKind::kNoise, kBenchShape},
    {"bench-knocks", WindowKind::kKnocks, kBenchShape},
    {"bench-quiet", WindowKind::kQuiet, kBenchShape},
    {"bench-clipped", WindowKind::kClipped, kBenchShape},
    {"bench-constant", WindowKind::kConstant, kBenchShape},
    {"warehouse-knocks", WindowKind::kKnocks, kWarehouseShape},
    {"short-noise", WindowKind::kNoise, {3'200'000, 1, 128, 16'000}},
    {"odd-knocks", WindowKind::kKnocks, {20'000'000, 1, 3001, 16'000}},
}};
inline constexpr std::size_t kMostTestSamples = kWarehouseShape.samples();

// `samples` has shape.samples() of room.
inline void FillWindow(const TestWindow& window, std::span<std::int16_t> samples) {
  std::uint32_t state = 2'463'534'242U;      // xorshift, Marsaglia 2003
  const auto random = [&state](int range) {  // about Gaussian, of that deviation
    int sum = 0;
    for (int i = 0; i < 12; ++i) {
      state ^= state << 13U;
      state ^= state >> 17U;
      state ^= state << 5U;
      sum += static_cast<int>(state >> 20U) - 2048;
    }
    return sum * range / 4096;
  };
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto t = static_cast<int>(i / window.shape.axes);
    const auto axis = static_cast<int>(i % window.shape.axes);
    int x = 0;
    switch (window.kind) {
      case WindowKind::kNoise:
        x = random(400 << axis) + 2000 * axis;
        break;
      case WindowKind::kKnocks: {  // every 383 samples, ringing at a fifth of the rate
        const int since = t % 383;
        const int ring = since % 5 < 2 ? 1 : -1;
        x = random(30) + (9000 >> std::min(since / 8, 14)) * ring - 4000;
        break;
      }
      case WindowKind::kQuiet:
        x = random(1) + 3;
        break;
      case WindowKind::kClipped:
        x = random(60'000);
        break;
      case WindowKind::kConstant:
        x = -12'345;
        break;
    }
    samples[i] = static_cast<std::int16_t>(std::clamp(x, -32'768, 32'767));
  }
}

}  // namespace torpor::signal

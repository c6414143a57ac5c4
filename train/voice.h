// A training machine as its features: every healthy window, and healthy minutes with a
// synthetic fault in each. The costly part of making examples, done once for all seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/result.h"
#include "signal/shape.h"
#include "train/recipe.h"

namespace torpor::train {

struct Voice {
  std::size_t features = 0;                 // of a window
  std::vector<float> looks;                 // of each healthy window, end to end
  std::vector<std::uint32_t> faulty_first;  // the first window of each faulty minute
  std::vector<float> faulty;  // the mean over each of those minutes, end to end

  [[nodiscard]] std::size_t windows() const { return looks.size() / features; }
  [[nodiscard]] std::span<const float> Look(std::size_t window) const {
    return std::span(looks).subspan(window * features, features);
  }
  [[nodiscard]] std::span<const float> Faulty(std::size_t minute) const {
    return std::span(faulty).subspan(minute * features, features);
  }
};

struct VoiceOrder {
  signal::Shape shape;
  std::uint32_t score_cycles = 0;         // windows of a minute
  std::span<const std::int16_t> samples;  // healthy windows, end to end
  std::uint64_t key = 0;       // of the machine; another key draws other faults
  std::uint32_t mounting = 0;  // 0: as recorded
  const Recipe* recipe = nullptr;
  std::size_t threads = 1;
};

// Every look and every fault follows from the key and its own number, so that threads
// change nothing.
//   kBatchShape  no features can be made of such windows
[[nodiscard]] Result<Voice> MakeVoice(const VoiceOrder& order);

}  // namespace torpor::train

// The mean of the last few feature vectors: one score is made of several looks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/bytes.h"

namespace torpor::detect {

class RunningMean {
 public:
  RunningMean(std::size_t features, std::uint32_t length);

  void Add(std::span<const float> features);
  // The windows that stay when another is added, and the sum of their features, summed
  // anew each time: nothing drifts over a year of cycles.
  [[nodiscard]] std::uint32_t earlier() const { return std::min(count_, length_ - 1); }
  void SumOfEarlier(std::span<double> sum) const;

  [[nodiscard]] std::size_t SavedBytes() const;
  void Save(ByteWriter& out) const;
  // False when the bytes are not a running mean of this size, or not finite.
  [[nodiscard]] bool Load(ByteReader& in);

 private:
  std::size_t features_;
  std::uint32_t length_;
  std::uint32_t count_ = 0;
  std::uint32_t next_ = 0;
  std::vector<float> ring_;
};

}  // namespace torpor::detect

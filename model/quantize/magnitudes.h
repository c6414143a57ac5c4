// How large the numbers are that go into one linear map, and where to cut them so that
// 127 steps a side serve them best.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/reference/network_view.h"

namespace torpor::model {

// How the bound of a tensor is chosen from what was seen of it.
enum class Clip : std::uint8_t {
  kHighest,     // nothing that was seen is cut
  kPercentile,  // one value in ten thousand is
  kLeastError,  // where the squares of rounding and of cutting add up to the least
};

class Magnitudes {
 public:
  // Of numbers whose magnitude is `highest` at most, which a first look has found.
  explicit Magnitudes(float highest) : highest_(highest) {}

  void Add(std::span<const float> values);

  // The magnitude that becomes 127 steps; above 0 whatever was seen.
  // Source: Wu et al. 2020, section 5 (max, percentile), and Shin et al. 2016 for the
  // least squared error.
  [[nodiscard]] float Bound(Clip clip) const;
  [[nodiscard]] float highest() const { return highest_; }

 private:
  static constexpr std::size_t kBins = 4096;

  [[nodiscard]] double Middle(std::size_t bin) const;
  [[nodiscard]] float Percentile() const;
  [[nodiscard]] float LeastError() const;
  // Mean square of what is lost when `bound` becomes 127 steps.
  [[nodiscard]] double Error(double bound) const;

  float highest_;
  std::uint64_t count_ = 0;
  std::array<std::uint64_t, kBins> bins_{};
};

}  // namespace torpor::model

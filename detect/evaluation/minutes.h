// What one score is made of: a few windows in a row, as every detector of an evaluation
// may look at them. A machine's life, its commissioning and what was made of it by
// injection are all such minutes.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/status.h"
#include "signal/shape.h"

namespace torpor::detect::evaluation {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

// One column is one minute; of `windows` one column is one window. Means over a minute
// are of the quantity itself, never of its logarithm: a row that wants the mean of
// logarithms takes it from `tokens`.
struct Minutes {
  std::size_t windows_each = 1;
  Matrix mean_square;       // [axes] g^2 around the mean
  Matrix kurtosis;          // [axes] of each window, then the mean
  Matrix band_power;        // [axes * 64] g^2/Hz in the bands of log-mel
  Matrix line_power;        // [axes * 128] g^2/Hz, linear in frequency
  Matrix tokens;            // [axes * 128] all features of signal::Tokens
  Eigen::MatrixXf windows;  // [axes * 128] the same of each window

  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(tokens.cols());
  }
  [[nodiscard]] Minutes Part(std::size_t first, std::size_t minutes) const;
  void Append(const Minutes& more);
};

// Makes minutes of windows, in order. A minute that is not whole at the end is dropped.
class MinuteMaker {
 public:
  MinuteMaker();
  ~MinuteMaker();
  MinuteMaker(const MinuteMaker&) = delete;
  MinuteMaker& operator=(const MinuteMaker&) = delete;

  // Once. kBatchShape when signal::Tokens cannot take the shape, kOutOfRange for minutes
  // of nothing.
  [[nodiscard]] Status Prepare(const signal::Shape& shape, std::size_t windows_each);
  // kBatchShape unless it is one window of the shape.
  [[nodiscard]] Status Add(std::span<const std::int16_t> window);
  [[nodiscard]] Minutes Take() const;

 private:
  struct Ear;
  std::unique_ptr<Ear> ear_;
};

}  // namespace torpor::detect::evaluation

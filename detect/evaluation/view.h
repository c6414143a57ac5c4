// The part of a minute that a row looks at, as logarithms, one column a minute.
#pragma once

#include "detect/evaluation/minutes.h"

namespace torpor::detect::evaluation {

using View = Matrix (*)(const Minutes&);

[[nodiscard]] Matrix LogLevel(const Minutes& minutes);      // of each axis
[[nodiscard]] Matrix LogKurtosis(const Minutes& minutes);   // of each axis
[[nodiscard]] Matrix LogBandPower(const Minutes& minutes);  // log of the minute's mean
[[nodiscard]] Matrix LogLinePower(const Minutes& minutes);  // the same, linear bands
[[nodiscard]] Matrix LogMel(const Minutes& minutes);        // mean of the windows' logs
[[nodiscard]] Matrix AllFeatures(const Minutes& minutes);   // what a network sees

// What is normal for one machine: x becomes (x - mean) / scale.
struct OwnNormal {
  Vector mean;
  Vector scale;
  [[nodiscard]] Matrix Apply(const Matrix& x) const;
};

[[nodiscard]] Vector MeanOf(const Matrix& x);
// Unbiased, of each row; not below a floor that no spectrum repeats within.
[[nodiscard]] Vector VarianceOf(const Matrix& x);
[[nodiscard]] double MedianOf(Vector values);

}  // namespace torpor::detect::evaluation

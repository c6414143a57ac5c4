#include "detect/evaluation/view.h"

#include <algorithm>

#include "signal/features.h"

namespace torpor::detect::evaluation {
namespace {

constexpr double kSilence = 1e-12;
constexpr double kLeastVariance = 1e-6;  // (0.004 dB)^2, as a baseline has it

Matrix LogOf(const Matrix& x) { return x.array().max(kSilence).log().matrix(); }

}  // namespace

Matrix LogLevel(const Minutes& minutes) { return LogOf(minutes.mean_square); }
Matrix LogKurtosis(const Minutes& minutes) { return LogOf(minutes.kurtosis); }
// The converter's rounding noise is in them: never 0, and far below kSilence at times.
Matrix LogBandPower(const Minutes& minutes) { return minutes.band_power.array().log(); }
Matrix LogLinePower(const Minutes& minutes) { return minutes.line_power.array().log(); }
Matrix AllFeatures(const Minutes& minutes) { return minutes.tokens; }

Matrix LogMel(const Minutes& minutes) {
  constexpr auto kBands = static_cast<Eigen::Index>(signal::kBands);
  constexpr auto kEach = static_cast<Eigen::Index>(signal::kFeaturesPerAxis);
  const Eigen::Index axes = minutes.tokens.rows() / kEach;
  Matrix bands(axes * kBands, minutes.tokens.cols());
  for (Eigen::Index a = 0; a < axes; ++a) {
    bands.middleRows(a * kBands, kBands) = minutes.tokens.middleRows(a * kEach, kBands);
  }
  return bands;
}

Matrix OwnNormal::Apply(const Matrix& x) const {
  return (x.colwise() - mean).array().colwise() / scale.array();
}

Vector MeanOf(const Matrix& x) { return x.rowwise().mean(); }

Vector VarianceOf(const Matrix& x) {
  const Vector squares = (x.colwise() - MeanOf(x)).rowwise().squaredNorm();
  const auto n = static_cast<double>(std::max<Eigen::Index>(x.cols(), 2));
  return (squares / (n - 1)).array().max(kLeastVariance).matrix();
}

double MedianOf(Vector values) {
  if (values.size() == 0) return 0;
  double* const begin = values.data();
  double* const end = begin + values.size();
  double* const middle = begin + values.size() / 2;
  std::nth_element(begin, middle, end);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(begin, middle)) / 2;
}

}  // namespace torpor::detect::evaluation

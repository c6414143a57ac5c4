// Normal as a robot has it: own mean, a spread that is mostly the fleet's because few
// windows do not measure one well, and the covariance of healthy wandering. What the
// classical channel measures, and what networks are shown.
#pragma once

#include <Eigen/Cholesky>
#include <span>

#include "detect/evaluation/row.h"
#include "detect/evaluation/view.h"

namespace torpor::detect::evaluation {

// As detect/fit.cc has them.
inline constexpr double kFleetWindows = 1000;  // that the fleet's variance counts as
inline constexpr double kShrinkage = 0.3;      // towards a sphere of the same variance

class FleetNormal {
 public:
  // `view` is one that looks at tokens. Variances are over the windows of commissioning;
  // the covariance is the mean over teachers of E[z z'] around each one's own mean.
  FleetNormal(View view, std::span<const Teacher> teachers);

  // s^2 = (1000 fleet^2 + n own^2) / (1000 + n), n windows.
  [[nodiscard]] OwnNormal NormalOf(const Minutes& own) const;
  // L^-1 z of the Cholesky factor L, a column a minute.
  [[nodiscard]] Matrix Whiten(const Matrix& z) const;
  // sqrt(mean((L^-1 z)^2)), a number a minute. Source: Mahalanobis 1936.
  [[nodiscard]] Vector Distances(const Matrix& z) const;

 private:
  View view_;
  Vector fleet_;
  Eigen::LLT<Matrix, Eigen::Lower> cholesky_;
};

}  // namespace torpor::detect::evaluation

#include "detect/evaluation/fleet_normal.h"

namespace torpor::detect::evaluation {
namespace {

Matrix OfWindows(View view, const Minutes& minutes) {
  Minutes windows;
  windows.tokens = minutes.windows.cast<double>();
  return view(windows);
}

}  // namespace

FleetNormal::FleetNormal(View view, std::span<const Teacher> teachers) : view_(view) {
  const auto machines = static_cast<double>(teachers.size());
  for (const Teacher& teacher : teachers) {
    const Vector own = VarianceOf(OfWindows(view_, *teacher.own));
    if (fleet_.size() == 0) fleet_ = Vector::Zero(own.size());
    fleet_ += own / machines;
  }
  Matrix covariance = Matrix::Zero(fleet_.size(), fleet_.size());
  for (const Teacher& teacher : teachers) {
    const Matrix z = NormalOf(*teacher.own).Apply(view_(*teacher.taught));
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(
        z, 1.0 / (machines * static_cast<double>(z.cols())));
  }
  const double sphere = covariance.trace() / static_cast<double>(fleet_.size());
  covariance *= 1 - kShrinkage;
  covariance.diagonal().array() += kShrinkage * sphere;
  cholesky_.compute(covariance);
}

OwnNormal FleetNormal::NormalOf(const Minutes& own) const {
  const Matrix x = OfWindows(view_, own);
  const auto n = static_cast<double>(x.cols());
  const Vector variance =
      (kFleetWindows * fleet_ + n * VarianceOf(x)) / (kFleetWindows + n);
  return {MeanOf(x), variance.cwiseSqrt()};
}

Matrix FleetNormal::Whiten(const Matrix& z) const { return cholesky_.matrixL().solve(z); }

Vector FleetNormal::Distances(const Matrix& z) const {
  return (Whiten(z).colwise().squaredNorm() / static_cast<double>(z.rows()))
      .cwiseSqrt()
      .transpose();
}

}  // namespace torpor::detect::evaluation

#include "detect/evaluation/residual_row.h"

#include <Eigen/Eigenvalues>
#include <utility>

#include "detect/evaluation/stack.h"

namespace torpor::detect::evaluation {
namespace {

class ResidualJudge final : public Judge {
 public:
  ResidualJudge(View view, double explained, std::span<const Teacher> teachers)
      : view_(view) {
    const Matrix x = Stack(teachers, [this](const Teacher& teacher) -> Matrix {
      return view_(*teacher.taught).colwise() - MeanOf(view_(*teacher.own));
    });
    fleet_ = {MeanOf(x), VarianceOf(x).cwiseSqrt()};
    const Matrix z = fleet_.Apply(x);
    Matrix covariance = Matrix::Zero(z.rows(), z.rows());
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(z);
    const Eigen::SelfAdjointEigenSolver<Matrix> solved(covariance);  // smallest first
    const double wanted = explained * solved.eigenvalues().sum();
    Eigen::Index kept = 0;
    for (double sum = 0; sum < wanted && kept < z.rows(); ++kept) {
      sum += solved.eigenvalues()(z.rows() - 1 - kept);
    }
    components_ = solved.eigenvectors().rightCols(kept);
  }

  Vector Score(const Minutes& own, const Minutes& what) const override {
    const Vector mean = MeanOf(view_(own));
    const Matrix z = fleet_.Apply(view_(what).colwise() - mean);
    const Matrix residual = z - components_ * (components_.transpose() * z);
    return residual.colwise().norm().transpose();
  }

 private:
  View view_;
  OwnNormal fleet_;
  Matrix components_;
};

class ResidualRow final : public Row {
 public:
  ResidualRow(std::string name, View view, double explained)
      : name_(std::move(name)), view_(view), explained_(explained) {}
  std::string name() const override { return name_; }
  std::unique_ptr<const Judge> Fit(std::span<const Teacher> teachers) const override {
    return std::make_unique<ResidualJudge>(view_, explained_, teachers);
  }

 private:
  std::string name_;
  View view_;
  double explained_;
};

}  // namespace

std::unique_ptr<Row> MakeResidualRow(std::string name, View view, double explained) {
  return std::make_unique<ResidualRow>(std::move(name), view, explained);
}

}  // namespace torpor::detect::evaluation

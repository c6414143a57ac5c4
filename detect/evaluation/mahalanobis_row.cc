#include "detect/evaluation/mahalanobis_row.h"

#include <Eigen/Cholesky>
#include <utility>

#include "detect/evaluation/stack.h"

namespace torpor::detect::evaluation {
namespace {

class MahalanobisJudge final : public Judge {
 public:
  MahalanobisJudge(const MahalanobisChoices& choices, std::span<const Teacher> teachers)
      : choices_(choices) {
    const Matrix z = Stack(teachers, [this](const Teacher& teacher) {
      return Standardised(*teacher.own, *teacher.taught);
    });
    centre_ = choices_.centred ? MeanOf(z) : Vector::Zero(z.rows());
    const Matrix away = z.colwise() - centre_;
    Matrix covariance = Matrix::Zero(z.rows(), z.rows());
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(
        away, 1.0 / static_cast<double>(z.cols()));
    const double sphere = covariance.trace() / static_cast<double>(z.rows());
    covariance *= 1 - choices_.shrinkage;
    covariance.diagonal().array() += choices_.shrinkage * sphere;
    cholesky_.compute(covariance);
  }

  Vector Score(const Minutes& own, const Minutes& what) const override {
    const Vector distances = Distances(Standardised(own, what));
    if (!choices_.ratio) return distances;
    return distances / MedianOf(Distances(Standardised(own, own)));
  }

 private:
  [[nodiscard]] Matrix Standardised(const Minutes& own, const Minutes& what) const {
    const Matrix x = choices_.view(what);
    if (!choices_.own_mean) return x;
    const Matrix known = choices_.view(own);
    OwnNormal normal{MeanOf(known), Vector::Ones(known.rows())};
    if (choices_.own_scale) normal.scale = VarianceOf(known).cwiseSqrt();
    return normal.Apply(x);
  }

  [[nodiscard]] Vector Distances(const Matrix& z) const {
    const Matrix whitened = cholesky_.matrixL().solve(Matrix(z.colwise() - centre_));
    return (whitened.colwise().squaredNorm() / static_cast<double>(z.rows()))
        .cwiseSqrt()
        .transpose();
  }

  MahalanobisChoices choices_;
  Vector centre_;
  Eigen::LLT<Matrix, Eigen::Lower> cholesky_;
};

class MahalanobisRow final : public Row {
 public:
  explicit MahalanobisRow(MahalanobisChoices choices) : choices_(std::move(choices)) {}
  std::string name() const override { return choices_.name; }
  std::unique_ptr<const Judge> Fit(std::span<const Teacher> teachers) const override {
    return std::make_unique<MahalanobisJudge>(choices_, teachers);
  }

 private:
  MahalanobisChoices choices_;
};

}  // namespace

std::unique_ptr<Row> MakeMahalanobisRow(MahalanobisChoices choices) {
  return std::make_unique<MahalanobisRow>(std::move(choices));
}

}  // namespace torpor::detect::evaluation

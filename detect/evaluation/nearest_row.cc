#include "detect/evaluation/nearest_row.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "detect/evaluation/fleet_normal.h"

namespace torpor::detect::evaluation {
namespace {

constexpr Eigen::Index kNobody = -1;

class NearestJudge final : public Judge {
 public:
  NearestJudge(const NearestChoices& choices, std::span<const Teacher> teachers)
      : choices_(choices), fleet_(choices.view, teachers) {}

  Vector Score(const Minutes& own, const Minutes& what) const override {
    const OwnNormal normal = fleet_.NormalOf(own);
    const Matrix known = normal.Apply(choices_.view(own));
    Vector usual(known.cols());
    for (Eigen::Index i = 0; i < known.cols(); ++i) {
      usual(i) = Distance(known, known.col(i), i);
    }
    const double median = MedianOf(usual);
    const Matrix z = normal.Apply(choices_.view(what));
    Vector scores(z.cols());
    for (Eigen::Index i = 0; i < z.cols(); ++i) {
      scores(i) = Distance(known, z.col(i), kNobody) / median;
    }
    return scores;
  }

 private:
  [[nodiscard]] double Distance(const Matrix& known, const Vector& z,
                                Eigen::Index without) const {
    const Vector squares = (known.colwise() - z).colwise().squaredNorm().transpose();
    std::vector<double> distances;
    for (Eigen::Index i = 0; i < squares.size(); ++i) {
      if (i != without) distances.push_back(std::sqrt(squares(i)));
    }
    const std::size_t count = std::min(choices_.nearest, distances.size());
    std::partial_sort(distances.begin(),
                      distances.begin() + static_cast<std::ptrdiff_t>(count),
                      distances.end());
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += distances[i];
    return sum / static_cast<double>(count);
  }

  NearestChoices choices_;
  FleetNormal fleet_;
};

class NearestRow final : public Row {
 public:
  explicit NearestRow(NearestChoices choices) : choices_(std::move(choices)) {}
  std::string name() const override { return choices_.name; }
  std::unique_ptr<const Judge> Fit(std::span<const Teacher> teachers) const override {
    return std::make_unique<NearestJudge>(choices_, teachers);
  }

 private:
  NearestChoices choices_;
};

}  // namespace

std::unique_ptr<Row> MakeNearestRow(NearestChoices choices) {
  return std::make_unique<NearestRow>(std::move(choices));
}

}  // namespace torpor::detect::evaluation

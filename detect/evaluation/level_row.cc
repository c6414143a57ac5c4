#include "detect/evaluation/level_row.h"

#include <utility>

#include "detect/evaluation/stack.h"

namespace torpor::detect::evaluation {
namespace {

class LevelJudge final : public Judge {
 public:
  LevelJudge(View view, OwnNormal fleet) : view_(view), fleet_(std::move(fleet)) {}

  Vector Score(const Minutes& own, const Minutes& what) const override {
    const Vector mean = MeanOf(view_(own));
    return fleet_.Apply(view_(what).colwise() - mean).colwise().maxCoeff();
  }

 private:
  View view_;
  OwnNormal fleet_;
};

class LevelRow final : public Row {
 public:
  LevelRow(std::string name, View view) : name_(std::move(name)), view_(view) {}

  std::string name() const override { return name_; }
  std::unique_ptr<const Judge> Fit(std::span<const Teacher> teachers) const override {
    const Matrix z = Stack(teachers, [this](const Teacher& teacher) -> Matrix {
      return view_(*teacher.taught).colwise() - MeanOf(view_(*teacher.own));
    });
    return std::make_unique<LevelJudge>(view_,
                                        OwnNormal{MeanOf(z), VarianceOf(z).cwiseSqrt()});
  }

 private:
  std::string name_;
  View view_;
};

}  // namespace

std::unique_ptr<Row> MakeLevelRow(std::string name, View view) {
  return std::make_unique<LevelRow>(std::move(name), view);
}

}  // namespace torpor::detect::evaluation

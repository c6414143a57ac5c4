#include "detect/evaluation/robot_row.h"

#include <utility>

#include "detect/evaluation/fleet_normal.h"

namespace torpor::detect::evaluation {
namespace {

class RobotJudge final : public Judge {
 public:
  RobotJudge(const RobotChoices& choices, std::span<const Teacher> teachers)
      : choices_(choices), fleet_(choices.view, teachers) {}

  Vector Score(const Minutes& own, const Minutes& what) const override {
    const OwnNormal normal = fleet_.NormalOf(own);
    const Vector distances = fleet_.Distances(normal.Apply(choices_.view(what)));
    if (!choices_.ratio) return distances;
    return distances / MedianOf(fleet_.Distances(normal.Apply(choices_.view(own))));
  }

 private:
  RobotChoices choices_;
  FleetNormal fleet_;
};

class RobotRow final : public Row {
 public:
  explicit RobotRow(RobotChoices choices) : choices_(std::move(choices)) {}
  std::string name() const override { return choices_.name; }
  std::unique_ptr<const Judge> Fit(std::span<const Teacher> teachers) const override {
    return std::make_unique<RobotJudge>(choices_, teachers);
  }

 private:
  RobotChoices choices_;
};

}  // namespace

std::unique_ptr<Row> MakeRobotRow(RobotChoices choices) {
  return std::make_unique<RobotRow>(std::move(choices));
}

}  // namespace torpor::detect::evaluation

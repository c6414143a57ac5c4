#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "core/test_folder.h"
#include "detect/evaluation/catalogue.h"
#include "detect/evaluation/network_row.h"
#include "detect/evaluation/test_minutes.h"
#include "model/test_network.h"

namespace torpor::detect::evaluation {
namespace {

std::vector<Teacher> Teachers(const std::vector<Machine>& machines) {
  std::vector<Teacher> teachers;
  for (std::size_t i = 1; i < machines.size(); ++i) {
    teachers.push_back(machines[i].AsTeacher());
  }
  return teachers;
}

TEST(Rows, EveryOneHearsAFaultThatCanBeHeard) {
  const auto machines = MakeMachines(6);
  const auto teachers = Teachers(machines);
  for (const auto& row : ClassicalRows()) {
    const auto judge = row->Fit(teachers);
    const Vector scores = judge->Score(machines[0].own, machines[0].life);
    ASSERT_EQ(scores.size(), 100) << row->name();
    ASSERT_TRUE(scores.allFinite()) << row->name();
    // The one without an own mean is the exception that own means are there for.
    if (row->name().find("raw") != std::string::npos) continue;
    EXPECT_GT(scores.tail(10).minCoeff(), scores.head(90).maxCoeff()) << row->name();
  }
}

TEST(Rows, AMinutesScoreDependsOnNoOtherMinute) {
  const auto machines = MakeMachines(6);
  const auto teachers = Teachers(machines);
  for (const auto& row : ClassicalRows()) {
    const auto judge = row->Fit(teachers);
    const Vector all = judge->Score(machines[0].own, machines[0].life);
    const Vector some = judge->Score(machines[0].own, machines[0].life.Part(40, 7));
    for (Eigen::Index i = 0; i < some.size(); ++i) {
      EXPECT_NEAR(some(i), all(40 + i), 1e-9 * std::abs(some(i))) << row->name();
    }
  }
}

TEST(Rows, ThePlaceOfAMachineIsTakenOff) {
  auto machines = MakeMachines(6);
  const auto teachers = Teachers(machines);
  Machine moved = machines[0];
  moved.life = MakeMinutes({1, 100, 5, 1, 90});
  ASSERT_TRUE(moved.Commission({}));
  for (const auto& row : ClassicalRows()) {
    if (row->name().find("raw") != std::string::npos) continue;
    const auto judge = row->Fit(teachers);
    const Vector here = judge->Score(machines[0].own, machines[0].life);
    const Vector there = judge->Score(moved.own, moved.life);
    EXPECT_LT((here - there).cwiseAbs().maxCoeff(), 1e-3 * here.cwiseAbs().maxCoeff())
        << row->name();
  }
}

class Networks : public testing::Test {
 protected:
  Networks() {
    const auto path = folder_ / "rows_test.model";
    const auto weights =
        model::RandomNetwork(model::kTestShape, model::Precision::kFloat);
    EXPECT_EQ(model::WriteNetwork(path, weights), Status::kOk);
    file_ = std::make_shared<const model::NetworkFile>(*model::NetworkFile::Open(path));
  }
  Vector Scores(Exemplary exemplars, bool fused) {
    const auto row = MakeNetworkRow({"network", file_, exemplars, fused}, 1);
    EXPECT_TRUE(row.ok());
    return (*row)->Fit(Teachers(machines_))->Score(machines_[0].own, machines_[0].life);
  }

  TestFolder folder_;
  std::vector<Machine> machines_ = MakeMachines(6);
  std::shared_ptr<const model::NetworkFile> file_;
};

TEST_F(Networks, ScoresAreAboveZeroAndFinite) {
  for (const bool fused : {false, true}) {
    const Vector scores = Scores(Exemplary::kOwn, fused);
    EXPECT_TRUE(scores.allFinite());
    EXPECT_GT(scores.minCoeff(), 0);
  }
}

TEST_F(Networks, ExemplarsChangeWhatANetworkSees) {
  const Vector own = Scores(Exemplary::kOwn, false);
  EXPECT_NE(own, Scores(Exemplary::kNone, false));
  EXPECT_NE(own, Scores(Exemplary::kSwapped, false));
}

TEST_F(Networks, AreRefusedForAxesTheyWereNotMadeFor) {
  EXPECT_EQ(MakeNetworkRow({"network", file_, Exemplary::kOwn, true}, 5).status(),
            Status::kModelMismatch);
}

}  // namespace
}  // namespace torpor::detect::evaluation

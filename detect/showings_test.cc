#include "detect/showings.h"

#include <gtest/gtest.h>

#include <limits>

#include "detect/intake.h"
#include "detect/test_machines.h"
#include "model/assemble.h"

namespace torpor::detect {
namespace {

class ShowHealthyTest : public testing::Test {
 protected:
  ShowHealthyTest() : baseline_(TestBaseline()), life_(LifeOf(50, 100, 80)) {}

  [[nodiscard]] Result<Showings> Show() const {
    const Life* const lives[] = {&life_};
    return ShowHealthy(lives, baseline_);
  }

  Baseline baseline_;
  Life life_;
};

// 80 healthy cycles, 20 of them commissioning, 3 a score.
TEST_F(ShowHealthyTest, ShowsEachHealthyWindowAfterCommissioningOnce) {
  const auto showings = Show();
  ASSERT_TRUE(showings.ok());
  EXPECT_EQ(showings->inputs.size(), 20U);
  EXPECT_EQ(showings->life, std::vector<std::size_t>(20, 0));
  for (const auto& z : showings->inputs) {
    EXPECT_EQ(z.size(), 2 * signal::kFeaturesPerAxis);
  }
}

TEST_F(ShowHealthyTest, ShowsWhatARobotWouldShowItsNetwork) {
  const auto showings = Show();
  ASSERT_TRUE(showings.ok());
  Intake robot(baseline_);
  for (std::size_t i = 0; i < 26; ++i) {
    static_cast<void>(robot.Take(life_.looks[i].output));
  }
  std::vector<float> z(2 * signal::kFeaturesPerAxis);
  ASSERT_GT(robot.context().exemplars, 0U);
  ASSERT_EQ(model::Assemble(robot.mean(), robot.context().normal(), z), Status::kOk);
  EXPECT_EQ(showings->inputs[1], z);
}

TEST_F(ShowHealthyTest, LeavesOutWindowsThatARobotSetsAside) {
  life_.looks[30].status = Status::kSensorClipped;
  life_.looks[31].output.levels.rms_g[0] = 0.01F;
  life_.looks[32].output.values[7] = std::numeric_limits<float>::infinity();
  const auto showings = Show();
  ASSERT_TRUE(showings.ok());
  EXPECT_EQ(showings->inputs.size(), 19U);
}

TEST_F(ShowHealthyTest, RefusesLivesThatEndWithCommissioning) {
  life_.healthy_cycles = 22;
  EXPECT_EQ(Show().status(), Status::kTooFewRecordings);
}

}  // namespace
}  // namespace torpor::detect

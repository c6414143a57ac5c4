#include "cli/score_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detect/evaluation/catalogue.h"
#include "detect/evaluation/test_minutes.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;
using evaluation::Vector;
using testing::HasSubstr;
using testing::Not;

// Three lives of 100 minutes or more. Minutes of the first score `usual`, those from
// `onset` on `high`; the others score 2, so that 2 is the first one's threshold.
class ScorePicture : public testing::Test {
 protected:
  [[nodiscard]] std::string Draw(std::size_t onset, double high, double usual = 1) const {
    evaluation::ScoreTable table;
    table.row = evaluation::kGate;
    for (const evaluation::Machine& machine : machines_) {
      table.life.push_back(
          Vector::Constant(static_cast<Eigen::Index>(machine.life.count()), 2));
    }
    Vector& first = table.life.front();
    first.setConstant(usual);
    first.tail(first.size() - static_cast<Eigen::Index>(onset)).setConstant(high);
    table.nested.assign(machines_.size(), table.life);
    return DrawMachine({table}, machines_, 0);
  }
  std::vector<evaluation::Machine> machines_ = evaluation::MakeMachines(3);
};

TEST_F(ScorePicture, SaysAndMarksWhenAChannelAlarmed) {
  const std::string svg = Draw(90, 4);
  EXPECT_THAT(svg, HasSubstr(">machine-0<"));
  EXPECT_THAT(svg, HasSubstr(">alarm 8 min before the end<"));  // the third minute over
  EXPECT_THAT(svg, HasSubstr("<circle class=\"c3 mark\""));
}

TEST_F(ScorePicture, CallsAnAlarmWithinTheHealthyPartFalse) {
  EXPECT_THAT(Draw(25, 4), HasSubstr(">FALSE alarm 73 min before the end<"));
}

TEST_F(ScorePicture, HasNoMarkWithoutAnAlarm) {
  const std::string svg = Draw(90, 1.9);
  EXPECT_THAT(svg, HasSubstr(">no alarm<"));
  EXPECT_THAT(svg, Not(HasSubstr("<circle")));
}

TEST_F(ScorePicture, EndsAboveTheHighestScore) {
  const std::string low = Draw(90, 4);  // twice the threshold
  EXPECT_THAT(low, HasSubstr(">2</text>"));
  EXPECT_THAT(low, Not(HasSubstr(">5</text>")));
  const std::string high = Draw(90, 30);  // fifteen times
  EXPECT_THAT(high, HasSubstr(">20</text>"));
  EXPECT_THAT(high, Not(HasSubstr(">50</text>")));
}

TEST_F(ScorePicture, DrawsScoresThatNoLogarithmHas) {
  const std::string svg = Draw(90, 1e9, -1);
  EXPECT_THAT(svg, HasSubstr(">100</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

}  // namespace
}  // namespace torpor::cli

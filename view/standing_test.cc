#include "view/standing.h"

#include <gtest/gtest.h>

#include "contract/test_terms.h"

namespace torpor::view {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using telemetry::Phase;

constexpr std::int64_t kWoke = 1'796'071'316'000'000;

class StandingTest : public testing::Test {
 protected:
  StandingTest() {
    record_.cycle = 7;
    record_.wall_us = kWoke;
    record_.phases[static_cast<std::size_t>(Phase::kCollect)] = 1500ms;
    record_.phases[static_cast<std::size_t>(Phase::kJudge)] = 500ms;
    record_.phases[static_cast<std::size_t>(Phase::kReport)] = 250ms;
    record_.phases[static_cast<std::size_t>(Phase::kSleep)] = 57s;
  }
  [[nodiscard]] Standing At(Microseconds after) const {
    return StandingAt(kWoke + after.count(), &record_, &terms_);
  }

  contract::Terms terms_ = contract::GoodTerms();
  telemetry::CycleRecord record_;
};

TEST_F(StandingTest, FollowsACycleByTheClock) {
  const Microseconds period = terms_.period, due = period + terms_.awake();
  EXPECT_EQ(At(2s).doing, Doing::kReporting);
  EXPECT_EQ(At(2250ms).doing, Doing::kAsleep);
  EXPECT_EQ(At(2250ms).since_us, kWoke + 2'250'000);
  EXPECT_EQ(At(2250ms).due_us, kWoke + due.count());
  EXPECT_EQ(At(period - 1ms).doing, Doing::kAsleep);
  EXPECT_EQ(At(period).doing, Doing::kAwake);
  EXPECT_EQ(At(due + kGrace).doing, Doing::kAwake) << "a disk may be slow";
  const Standing late = At(due + 192s);
  EXPECT_EQ(late.doing, Doing::kOverdue);
  EXPECT_EQ(late.overdue, 192s);
}

TEST_F(StandingTest, SaysThatItDoesNotKnow) {
  EXPECT_EQ(StandingAt(kWoke, nullptr, &terms_).doing, Doing::kUnknown);
  EXPECT_EQ(StandingAt(kWoke + 3'000'000, &record_, nullptr).doing, Doing::kUnknown);
}

TEST_F(StandingTest, AJournalFromTheFutureIsAClockThatIsWrong) {
  EXPECT_EQ(At(-3s).doing, Doing::kReporting) << "clocks differ a little";
  const Standing ahead = At(2s - 3600s);
  EXPECT_EQ(ahead.doing, Doing::kClocks);
  EXPECT_EQ(ahead.ahead, 3600s);
}

}  // namespace
}  // namespace torpor::view

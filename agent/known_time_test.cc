#include "agent/known_time.h"

#include <gtest/gtest.h>

#include "agent/fake_world_test.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;

constexpr std::uint64_t kDay = 86'400, kYear = 365 * kDay;
constexpr std::uint64_t kNow = 1'800'000'000, kEnd = kNow + 100 * kDay;

class KnownTimeTest : public testing::Test {
 protected:
  KnownTimeTest() { Set(kNow); }
  // The wall clock, from now on.
  void Set(std::uint64_t unix_s) {
    world_.wall_offset_us =
        static_cast<std::int64_t>(unix_s) * 1'000'000 - SinceBootMicroseconds(world_.now);
  }
  void Step(std::int64_t by_s) { world_.wall_offset_us += by_s * 1'000'000; }
  void ExpectSure(std::uint64_t at_least, std::uint64_t at_most) {
    const contract::TimeKnowledge known = time_.Look();
    EXPECT_FALSE(known.synchronised);
    EXPECT_GE(known.lower_bound_s, at_least);
    EXPECT_LE(known.lower_bound_s, at_most);
  }

  link::Held held_{contract::GoodTerms()};
  FakeWorld world_{held_};
  KnownTime time_{world_, kNow - 30 * kDay};
};

TEST_F(KnownTimeTest, IsTheWallClocksWhileTheKernelVouchesForIt) {
  contract::TimeKnowledge known = time_.Look();
  EXPECT_TRUE(known.synchronised);
  EXPECT_EQ(known.lower_bound_s, kNow);
  world_.synchronised = false;
  ExpectSure(kNow - 30 * kDay, kNow - 30 * kDay);
}

TEST_F(KnownTimeTest, GrowsByTheBootClockWithoutAnyOther) {
  world_.synchronised = false;
  Set(0);
  world_.now += 1000h;
  ExpectSure(kNow - 30 * kDay + 999 * 3600, kNow - 30 * kDay + 999 * 3600);
  time_.Prove(kNow - 100 * kDay);
  ExpectSure(kNow - 30 * kDay + 999 * 3600, kNow - 30 * kDay + 999 * 3600);
  ASSERT_GT(kNow - 30 * kDay + 999 * 3600, kNow);
  time_.Prove(kNow + 50 * kDay);
  ExpectSure(kNow + 50 * kDay, kNow + 50 * kDay);
}

TEST_F(KnownTimeTest, AClockBehindWhatIsProvenProvesNothing) {
  Set(kNow - 31 * kDay);
  ExpectSure(kNow - 30 * kDay, kNow - 30 * kDay);
  Set(kNow - 30 * kDay - kSmallStepSeconds);
  EXPECT_TRUE(time_.Look().synchronised) << "a clock may be set back a little";
  EXPECT_EQ(time_.Look().lower_bound_s, kNow - 30 * kDay);
}

TEST_F(KnownTimeTest, AStepAheadIsBelievedOnceItHasStayedForADay) {
  ASSERT_TRUE(time_.Look().synchronised);
  Step(10 * kYear);
  ExpectSure(kNow - 30 * kDay, kNow - 30 * kDay);
  for (int hour = 1; hour < 24; ++hour) {
    world_.now += 1h;
    ExpectSure(kNow - 30 * kDay, kNow - 28 * kDay);
  }
  world_.now += 1h;
  EXPECT_TRUE(time_.Look().synchronised);
  EXPECT_EQ(time_.Look().lower_bound_s, kNow + 10 * kYear + kDay);
}

TEST_F(KnownTimeTest, AStepThatIsTakenBackWasNone) {
  ASSERT_TRUE(time_.Look().synchronised);
  for (int i = 0; i < 5; ++i) {
    Step(10 * kYear);
    for (int hour = 0; hour < 23; ++hour) {
      EXPECT_FALSE(time_.Look().synchronised);
      world_.now += 1h;
    }
    Step(-10 * static_cast<std::int64_t>(kYear));
    EXPECT_TRUE(time_.Look().synchronised);
  }
  EXPECT_EQ(time_.Look().lower_bound_s, kNow + 5 * 23 * 3600);
}

// Small steps do not add up to a great one.
TEST_F(KnownTimeTest, AClockThatCreepsAheadIsDoubted) {
  ASSERT_TRUE(time_.Look().synchronised);
  Step(kSmallStepSeconds);
  EXPECT_TRUE(time_.Look().synchronised);
  Step(1);
  EXPECT_FALSE(time_.Look().synchronised);
}

TEST_F(KnownTimeTest, ALyingClockThatKeepsMovingIsNeverBelieved) {
  ASSERT_TRUE(time_.Look().synchronised);
  for (int hour = 0; hour < 100; ++hour) {
    Step(kDay);
    world_.now += 1h;
    EXPECT_FALSE(time_.Look().synchronised) << hour;
  }
}

TEST_F(KnownTimeTest, RemembersAClockThatNothingContradictedForAnHour) {
  ASSERT_TRUE(time_.Look().synchronised);
  world_.now += 59min;
  EXPECT_FALSE(time_.DueToRemember(kEnd));
  EXPECT_LT(time_.ToRemember(kEnd), kNow - 29 * kDay);
  world_.now += 1min;
  EXPECT_EQ(time_.DueToRemember(kEnd), kNow + 3600);
  world_.now += 59min;
  EXPECT_FALSE(time_.DueToRemember(kEnd)) << "no more than once an hour";
  world_.now += 1min;
  EXPECT_EQ(time_.DueToRemember(kEnd), kNow + 2 * 3600);
  Step(10 * kYear);
  EXPECT_LT(time_.ToRemember(kEnd), kNow + kDay);
  world_.synchronised = false;
  ExpectSure(kNow + 2 * 3600, kNow + 2 * 3600);  // it stands without the clock
}

TEST_F(KnownTimeTest, AServerThatLiedForDaysSpoilsNoMoreThanTheContractInForce) {
  ASSERT_TRUE(time_.Look().synchronised);
  Step(10 * kYear);
  for (int hour = 0; hour < 24; ++hour) {
    static_cast<void>(time_.Look());
    EXPECT_LT(time_.ToRemember(kEnd), kNow);
    world_.now += 1h;
  }
  EXPECT_GE(time_.Look().lower_bound_s, kNow + 10 * kYear);
  EXPECT_EQ(time_.ToRemember(kEnd), kEnd) << "that one stays ended";
}

TEST_F(KnownTimeTest, AbsurdNumbersDoNotWrapAround) {
  time_.Prove(~std::uint64_t{0});
  world_.now += 1000h;
  EXPECT_GT(time_.Look().lower_bound_s, kNow + 100 * kYear);
  world_.wall_offset_us = std::int64_t{-1} << 61;
  EXPECT_GT(time_.Look().lower_bound_s, kNow + 100 * kYear);
}

}  // namespace
}  // namespace torpor::agent

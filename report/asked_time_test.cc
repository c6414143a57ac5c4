#include "report/asked_time.h"

#include <gtest/gtest.h>

namespace torpor::report {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

TEST(AskedTime, OfADayIsItsBeginning) {
  EXPECT_EQ(Moment("1970-01-01"), 0);
  EXPECT_EQ(Moment("2026-11-23"), 1'795'392'000'000'000);
}

TEST(AskedTime, MayBeToTheMinuteOrTheSecondInUtc) {
  EXPECT_EQ(Moment("2026-11-23T16:49"), 1'795'452'540'000'000);
  EXPECT_EQ(Moment("2026-11-23 16:49:27"), 1'795'452'567'000'000);
  EXPECT_EQ(Moment("2026-11-23T16:49:27Z"), 1'795'452'567'000'000);
}

TEST(AskedTime, IsNothingWhereItIsNone) {
  for (const char* text : {"", "today", "2026", "2026-13-01", "2026-02-30", "2026-11-2",
                           "2026-11-23T", "2026-11-23T24:00", "2026-11-23T16:49:60",
                           "2026-11-23T16:49:27+01:00", "2026-11-23 x", "-1-01-01"}) {
    EXPECT_EQ(Moment(text), std::nullopt) << text;
  }
}

TEST(AskedStretch, IsAWholeNumberAndAUnit) {
  EXPECT_EQ(Stretch("90s"), 90s);
  EXPECT_EQ(Stretch("15min"), 900s);
  EXPECT_EQ(Stretch("12 h"), 12h);
  EXPECT_EQ(Stretch("7d"), 7 * 24h);
}

TEST(AskedStretch, IsNothingWhereItIsNone) {
  for (const char* text :
       {"", "7", "d", "7 days", "0d", "-1d", "1.5h", "36526d", "99999999999999999999s"}) {
    EXPECT_EQ(Stretch(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace torpor::report

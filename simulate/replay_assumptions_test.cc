#include "simulate/replay_assumptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "contract/sign/any_terms.h"

namespace torpor::simulate {
namespace {

using testing::HasSubstr;

TEST(ReplayAssumptions, EachHasANameOfItsOwnARangeAndASource) {
  std::set<std::string_view> names;
  for (const Assumption& row : Assumptions()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    const double value = ReplayAssumptions{}.*(row.value);
    EXPECT_GE(value, row.least) << row.name;
    EXPECT_LE(value, row.most) << row.name;
    EXPECT_GT(row.source.size(), 12U) << row.name;
    EXPECT_FALSE(row.unit.empty()) << row.name;
    EXPECT_EQ(FindAssumption(row.name), &row);
  }
  EXPECT_EQ(FindAssumption("bravery"), nullptr);
}

TEST(ReplayAssumptions, OneIsChangedAndNoOther) {
  const auto changed = Assume({}, "hiccups-per-hour=0");
  ASSERT_TRUE(changed.ok());
  ReplayAssumptions expected;
  expected.hiccups_per_hour = 0;
  EXPECT_EQ(*changed, expected);
}

TEST(ReplayAssumptions, WhatIsNoneOrNoNumberOrOutOfRangeIsRefusedInOneLine) {
  const auto refused = [](std::string_view words) {
    const auto after = Assume({}, words);
    EXPECT_EQ(after.status(), Status::kUsage) << words;
    return after.ok() ? std::string() : after.refusal().what;
  };
  EXPECT_THAT(refused("bravery=3"), HasSubstr("no assumption 'bravery'"));
  EXPECT_THAT(refused("asleep-watts"), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(refused("asleep-watts="), HasSubstr("no number"));
  EXPECT_THAT(refused("asleep-watts=4W"), HasSubstr("'4W' is no number"));
  EXPECT_THAT(refused("asleep-watts=nan"), HasSubstr("0.1 to 50 W"));
  EXPECT_THAT(refused("asleep-watts=-1"), HasSubstr("0.1 to 50 W, not -1"));
  EXPECT_THAT(refused("buffered-frame-seconds=4.9"), HasSubstr("5 to 3600 s"));
  EXPECT_EQ(refused("a\nb=1").find('\n'), std::string::npos);
}

TEST(ReplayAssumptions, EachEndOfARangeIsInIt) {
  for (const Assumption& row : Assumptions()) {
    for (const double edge : {row.least, row.most}) {
      EXPECT_TRUE(Assume({}, std::string(row.name) + "=" + Decimal(edge)).ok())
          << row.name;
    }
  }
}

TEST(ReplayAssumptions, TheTableNamesEachOfThemWithItsBasis) {
  const std::string table = AssumptionTable({});
  for (const Assumption& row : Assumptions()) {
    EXPECT_THAT(table, HasSubstr(std::string(row.name)));
  }
  EXPECT_THAT(table, HasSubstr("FITTED"));
}

TEST(ReplayAssumptions, WhatIsReadOffTheContractIsWhatItSays) {
  std::vector<contract::sign::Problem> problems;
  const auto terms = contract::sign::AnyTerms("warehouse-60s", problems);
  ASSERT_TRUE(terms.ok());
  const ReplayAssumptions a;
  EXPECT_EQ(SecondsToTime(a.ask_seconds), terms->hello_timeout);
  EXPECT_EQ(SecondsToTime(a.buffered_frame_seconds), terms->sample);
  // The slowest of the usual rates that carries the readings as they come.
  const double needs =
      10 * contract::BatchBytes(terms->sensors()[0], terms->sample) / 5.0;
  EXPECT_LT(needs, a.old_link_baud);
  EXPECT_GT(needs, 115'200);
}

}  // namespace
}  // namespace torpor::simulate

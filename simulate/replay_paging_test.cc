#include "simulate/replay_paging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace torpor::simulate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr Microseconds kPromise = seconds(60);
constexpr Instant kEnd(hours(8));

Instant At(std::int64_t s) { return Instant(seconds(s)); }

// One a minute, with these breaches in a row.
std::vector<ReplayPush> Pushes(const std::vector<std::uint32_t>& breaches) {
  std::vector<ReplayPush> pushes;
  for (const std::uint32_t count : breaches) {
    pushes.push_back(
        {At(60 * static_cast<std::int64_t>(pushes.size())), count, kPromise});
  }
  return pushes;
}

std::optional<Page> First(const std::vector<ReplayPush>& pushes,
                          const ReplayClocks& clocks = {}, Instant end = kEnd) {
  return FirstPage(pushes, ReplayAssumptions{}, clocks, end);
}

TEST(ReplayPaging, ThreeBreachesInARowPageAndTwoDoNot) {
  auto pushes = Pushes({0, 1, 2, 0, 1, 2, 0});
  // While it is awaited, the end comes: nobody is silent yet.
  EXPECT_FALSE(First(pushes, {}, At(400)));
  pushes = Pushes({0, 1, 2, 3, 4});
  EXPECT_EQ(First(pushes), (Page{At(180 + 10), Page::Rule::kDutyCycle}));
}

TEST(ReplayPaging, APushCountsFromTheScrapeAndTheEvaluationAfterIt) {
  const auto pushes = Pushes({0, 1, 2, 3});
  // Read at 184 s, judged at 189 s; judged at 183 s it was not read yet.
  EXPECT_EQ(First(pushes, {seconds(4), seconds(9)})->at, At(189 + 10));
  EXPECT_EQ(First(pushes, {seconds(4), seconds(3)})->at, At(198 + 10));
}

TEST(ReplayPaging, APushThatWasReplacedUnreadIsNeverSeen) {
  const std::vector<ReplayPush> pushes = {
      {At(1), 3, kPromise}, {At(2), 0, kPromise}, {At(62), 0, kPromise}};
  EXPECT_FALSE(First(pushes, {}, At(200)));
}

TEST(ReplayPaging, WhoRefusesPagesForThatAndIsNotSilent) {
  // Read and judged at 15 s, for two minutes; told 10 s later.
  const std::vector<ReplayPush> refused = {{At(1), 0, seconds(0), true}};
  EXPECT_EQ(First(refused), (Page{At(15 + 120 + 10), Page::Rule::kRefused}));
  EXPECT_FALSE(First({{At(1), 0, seconds(0), true}, {At(100), 0, hours(8)}}));
}

TEST(ReplayPaging, APageAfterTheShiftIsNone) {
  const std::vector<ReplayPush> refused = {{At(1), 0, seconds(0), true}};
  EXPECT_FALSE(First(refused, {}, At(145)));
  EXPECT_TRUE(First(refused, {}, At(146)));
}

std::string Shipped(const std::string& name) {
  std::ifstream file(TORPOR_SOURCE_DIR "/deploy/prometheus/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A number as the rules write it.
std::string Whole(double value) {
  return std::to_string(static_cast<std::int64_t>(value));
}

TEST(ReplayPaging, ItsThresholdsAreThoseOfTheShippedRules) {
  const ReplayAssumptions a;
  const std::string rules = Shipped("torpor.rules.yml");
  for (const std::string clause :
       {"=\"duty_cycle\"", "=\"gpu_residency\"", "=~\"interval|data_age\""}) {
    EXPECT_THAT(rules, HasSubstr("instance_clause:torpor_breach:cycles{clause" + clause +
                                 "} >= " + Whole(a.breaches_to_page)));
  }
  const std::string refused = rules.substr(rules.find("alert: TorporRefused"));
  EXPECT_THAT(refused, HasSubstr("for: " + Whole(a.refused_for_seconds / 60) + "m"));
  EXPECT_THAT(rules, HasSubstr("interval: " + Whole(a.evaluation_seconds) + "s"));
  const std::string site = Shipped("prometheus.yml");
  EXPECT_THAT(site, HasSubstr("scrape_interval: " + Whole(a.scrape_seconds) + "s"));
}

}  // namespace
}  // namespace torpor::simulate

#include "simulate/replay_paging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "power/words.h"

namespace torpor::simulate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr Instant kEnd(hours(8));
constexpr auto kInterval = static_cast<std::size_t>(cycle::Clause::kInterval);
constexpr auto kPower = static_cast<std::size_t>(cycle::Clause::kPower);

Instant At(std::int64_t s) { return Instant(seconds(s)); }

ReplayPush Breach(std::int64_t at, std::uint32_t in_a_row,
                  std::size_t clause = kInterval) {
  ReplayPush push{At(at), {}, false};
  push.breaches[clause] = in_a_row;
  return push;
}

// One a minute, with these breaches in a row.
std::vector<ReplayPush> Pushes(const std::vector<std::uint32_t>& breaches,
                               std::size_t clause = kInterval) {
  std::vector<ReplayPush> pushes;
  for (const std::uint32_t count : breaches) {
    pushes.push_back(
        Breach(60 * static_cast<std::int64_t>(pushes.size()), count, clause));
  }
  return pushes;
}

// A site of `robots`, of which `many` push this and the others nothing bad.
std::optional<Page> First(const std::vector<ReplayPush>& pushes, int many = 5,
                          std::uint64_t robots = 50, const ReplayClocks& clocks = {},
                          Instant end = kEnd) {
  SitePager pager(ReplayAssumptions{}, clocks);
  for (int i = 0; i < many; ++i) pager.Add(pushes);
  return pager.First(robots, end);
}

TEST(ReplayPaging, TwoBreachesInARowOfEnoughRobotsPageAndOneDoesNot) {
  EXPECT_FALSE(First(Pushes({0, 1, 0, 1, 0})));
  EXPECT_EQ(First(Pushes({0, 1, 2, 3})), (Page{At(120 + 10), Page::Rule::kBreach}));
}

TEST(ReplayPaging, ItTakesFiveRobotsAndMoreThanATwentieth) {
  const auto bad = Pushes({0, 1, 2, 3});
  EXPECT_FALSE(First(bad, 4, 5)) << "a small site";
  EXPECT_TRUE(First(bad, 5, 5));
  EXPECT_FALSE(First(bad, 20, 400)) << "a twentieth is not more than one";
  EXPECT_TRUE(First(bad, 21, 400));
}

TEST(ReplayPaging, ItTakesTheSameClauseAtTheSameTime) {
  SitePager pager(ReplayAssumptions{}, {});
  for (int i = 0; i < 3; ++i) pager.Add(Pushes({0, 1, 2, 3}));
  for (int i = 0; i < 3; ++i) pager.Add(Pushes({0, 1, 2, 3}, kPower));
  EXPECT_FALSE(pager.First(6, kEnd));
  SitePager later(ReplayAssumptions{}, {});
  for (int i = 0; i < 3; ++i) later.Add(Pushes({2, 0, 0, 0}));
  for (int i = 0; i < 3; ++i) later.Add(Pushes({0, 0, 2, 0}));
  EXPECT_FALSE(later.First(6, kEnd));
}

TEST(ReplayPaging, APushCountsFromTheScrapeAndTheEvaluationAfterIt) {
  const auto pushes = Pushes({0, 1, 1, 2});
  // Read at 184 s, judged at 189 s; judged at 183 s it was not read yet.
  EXPECT_EQ(First(pushes, 5, 5, {seconds(4), seconds(9)})->at, At(189 + 10));
  EXPECT_EQ(First(pushes, 5, 5, {seconds(4), seconds(3)})->at, At(198 + 10));
}

TEST(ReplayPaging, APushThatWasReplacedUnreadIsNeverSeen) {
  EXPECT_FALSE(First({Breach(1, 3), Breach(2, 0), Breach(62, 0)}));
}

TEST(ReplayPaging, RobotsThatRefusePageAtOnce) {
  const std::vector<ReplayPush> refused = {{At(1), {}, true}};
  EXPECT_EQ(First(refused), (Page{At(15 + 10), Page::Rule::kRefused}));
  EXPECT_FALSE(First(refused, 4));
}

TEST(ReplayPaging, APageAfterTheShiftIsNone) {
  const std::vector<ReplayPush> refused = {{At(1), {}, true}};
  EXPECT_FALSE(First(refused, 5, 5, {}, At(25)));
  EXPECT_TRUE(First(refused, 5, 5, {}, At(26)));
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
  EXPECT_THAT(rules,
              HasSubstr("sum by (site, clause) (instance_clause:torpor_breach:cycles "
                        ">= bool " +
                        Whole(a.breaches_to_page) + ")"));
  const std::string least = ">= " + std::to_string(SitePager::kLeastRobots) + ")";
  for (const char* name : {"alert: TorporSiteBreach", "alert: TorporSiteRefused"}) {
    std::string rule = rules.substr(rules.find(name));
    rule = rule.substr(0, rule.find("annotations:"));
    EXPECT_THAT(rule, HasSubstr(Print(" > %.2f\n", SitePager::kShare))) << name;
    EXPECT_THAT(rule, HasSubstr(least)) << name;
    EXPECT_THAT(rule, HasSubstr("severity: critical")) << name;
    EXPECT_THAT(rule, testing::Not(HasSubstr(" for: "))) << name << " fires at once";
  }
  EXPECT_THAT(rules, HasSubstr("interval: " + Whole(a.evaluation_seconds) + "s"));
  EXPECT_THAT(Shipped("prometheus.yml"),
              HasSubstr("scrape_interval: " + Whole(a.scrape_seconds) + "s"));
  EXPECT_THAT(Shipped("alertmanager.yml"),
              HasSubstr("group_wait: " + Whole(a.group_wait_seconds) + "s"));
}

}  // namespace
}  // namespace torpor::simulate

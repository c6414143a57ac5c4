#include "report/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/test_folder.h"
#include "report/test_lives.h"

namespace torpor::report {
namespace {

using std::chrono_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Collecting : public ::testing::Test {
 protected:
  Collected Must(Wishes wishes = {}) {
    wishes.state = state_.path();
    std::string problem;
    auto collected = Collect(wishes, problem);
    if (!collected.ok()) throw std::runtime_error("no report: " + problem);
    return *std::move(collected);
  }

  TestFolder state_{TestFolder::InMemory()};
};

TEST_F(Collecting, FindsTheTermsOfTheContractThatCyclesRanUnder) {
  const std::string id = GiveContract(state_);
  auto life = GoodLife(3, id);
  life[2].record.contract = "0123456789abcdef";
  Write(state_, std::move(life));
  const Collected collected = Must();
  ASSERT_THAT(collected.contracts, SizeIs(2));
  EXPECT_EQ(collected.contracts[0].id, id);
  EXPECT_EQ(collected.contracts[0].cycles, 2U);
  EXPECT_EQ(collected.contracts[0].last, 2U);
  ASSERT_TRUE(collected.contracts[0].terms);
  EXPECT_EQ(collected.contracts[0].terms->period, 60s);
  EXPECT_FALSE(collected.contracts[1].terms) << "whose bundle nobody has";
  EXPECT_THAT(collected.contract_of, ElementsAre(0U, 0U, 1U));
}

TEST_F(Collecting, NamesTheFileThatItCannotRead) {
  std::string problem;
  const auto none = Collect({state_.path()}, problem);
  EXPECT_EQ(none.status(), Status::kFileMissing);
  EXPECT_EQ(problem, state_ / "journal.sqlite");
  Write(state_, {});
  const auto lacking = Collect({state_.path(), {state_ / "none.dsse"}}, problem);
  EXPECT_EQ(lacking.status(), Status::kBundleMissing);
  EXPECT_EQ(problem, state_ / "none.dsse");
}

TEST_F(Collecting, OfAnEmptyJournalIsNothing) {
  Write(state_, {});
  const Collected collected = Must();
  EXPECT_THAT(collected.cycles, IsEmpty());
  EXPECT_THAT(collected.contracts, IsEmpty());
  EXPECT_THAT(collected.at, IsEmpty());
}

TEST_F(Collecting, KeepsToTheTimeThatIsAskedFor) {
  Write(state_, GoodLife(100, "x"));
  Wishes between;
  between.from_us = kBegun + 10 * 60'000'000LL;
  between.until_us = kBegun + 20 * 60'000'000LL;
  const Collected some = Must(between);
  ASSERT_THAT(some.cycles, SizeIs(10));
  EXPECT_EQ(some.cycles.front().cycle, 10U);
  EXPECT_EQ(some.journalled, 100U);
  Wishes last;
  last.last = 300s;
  const Collected end = Must(last);
  ASSERT_THAT(end.cycles, SizeIs(6)) << "five minutes before the last waking, and that";
  EXPECT_EQ(end.at.front(), 0s);
  EXPECT_EQ(end.at.back(), 300s);
}

TEST_F(Collecting, TellsOfAlarmsThatWereDeliveredToo) {
  auto life = GoodLife(5, "x");
  life[1].alarms.push_back(
      {"a", 2, R"({"kind":"bearing","robot":"r-9","what":"fails","because":"axis 1"})"});
  life[3].alarms.push_back({"b", 4, "this is no JSON"});
  Write(state_, std::move(life));
  {
    auto journal = telemetry::Journal::Open(state_ / "journal.sqlite", {});
    ASSERT_TRUE(journal.ok());
    journal->DeliverTo({"webhook"});
    ASSERT_EQ(journal->Note({{"a", "webhook", true}}), Status::kOk);
  }
  const Collected collected = Must();
  EXPECT_EQ(collected.robot, "r-9");
  ASSERT_THAT(collected.alarms, SizeIs(2));
  EXPECT_TRUE(collected.alarms[0].delivered);
  EXPECT_EQ(collected.alarms[0].because, "axis 1");
  EXPECT_FALSE(collected.alarms[1].delivered);
  EXPECT_EQ(collected.alarms[1].what, "b") << "an alarm without words is still one";
  EXPECT_EQ(collected.undelivered, 1U);
}

Collected Of(std::vector<CycleRecord> cycles) {
  Collected collected;
  collected.cycles = std::move(cycles);
  Reckon(collected);
  return collected;
}

TEST(Reckoning, FollowsTheBootClockWhenTheWallIsStepped) {
  std::vector<CycleRecord> cycles = {Good(1, ""), Good(2, ""), Good(3, "")};
  cycles[1].wall_us -= 3'600'000'000;
  cycles[2].wall_us -= 3'600'000'000;
  const Collected collected = Of(cycles);
  EXPECT_THAT(collected.at, ElementsAre(0s, 60s, 120s));
  ASSERT_THAT(collected.clock_steps, SizeIs(1));
  EXPECT_EQ(collected.clock_steps[0].at, 1U);
  EXPECT_EQ(collected.clock_steps[0].by, -3600s);
  EXPECT_THAT(collected.gaps, IsEmpty());
}

TEST(Reckoning, TakesTheWallClockAcrossARestart) {
  std::vector<CycleRecord> cycles = {Good(1000, ""), Good(1001, "")};
  cycles[1].woke = FromMicroseconds(30'000'000);  // half a minute after a boot
  cycles[1].wall_us = cycles[0].wall_us + 600'000'000;
  const Collected collected = Of(cycles);
  EXPECT_THAT(collected.at, ElementsAre(0s, 600s));
  EXPECT_THAT(collected.clock_steps, IsEmpty());
  ASSERT_THAT(collected.gaps, SizeIs(1));
  EXPECT_GT(collected.gaps[0].unrecorded, 530s);
}

TEST(Reckoning, NeverGoesBackWhateverTheClocksSay) {
  std::vector<CycleRecord> cycles = {Good(1000, ""), Good(1001, ""), Good(1002, "")};
  cycles[1].woke = FromMicroseconds(5);
  cycles[1].wall_us = 0;
  cycles[2].woke = FromMicroseconds(5);
  cycles[2].wall_us = -7;
  for (CycleRecord& record : cycles) record.phases = {};  // nor the record's length
  const Collected collected = Of(cycles);
  EXPECT_LT(collected.at[0], collected.at[1]);
  EXPECT_LT(collected.at[1], collected.at[2]);
}

TEST(Reckoning, CountsCyclesThatTheJournalDoesNotHave) {
  const Collected collected = Of({Good(1, ""), Good(2, ""), Good(7, "")});
  ASSERT_THAT(collected.gaps, SizeIs(1));
  EXPECT_EQ(collected.gaps[0].missing_cycles, 4U);
  EXPECT_EQ(collected.gaps[0].at, 2U);
}

}  // namespace
}  // namespace torpor::report

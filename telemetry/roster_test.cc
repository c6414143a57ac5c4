#include "telemetry/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/test_folder.h"
#include "core/test_program.h"
#include "telemetry/test_daemon.h"

namespace torpor::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// "line:column: what" of each problem.
std::vector<std::string> Problems(const std::string& text) {
  std::vector<std::string> problems;
  for (const RosterProblem& problem : ReadRoster(text).problems) {
    problems.push_back(std::to_string(problem.line) + ":" +
                       std::to_string(problem.column) + ": " + problem.what);
  }
  return problems;
}

std::string Robots(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) {
    text += "amr-" + std::to_string(i) + " active\n";
  }
  return text;
}

TEST(Roster, HasARobotAndItsStateInEachLineBesideComments) {
  const Roster roster = ReadRoster(
      "# hall 3, by the deploy tool\n"
      "\n"
      "amr-17 active\n"
      "  amr-18 \t parked   # in repair, \xc3\xa4\n"
      "amr.03:b_c retired#gone\n"
      "\t\n");
  EXPECT_TRUE(roster.ok());
  EXPECT_THAT(roster.robots,
              ElementsAre(RosterRobot{"amr-17", RosterState::kActive},
                          RosterRobot{"amr-18", RosterState::kParked},
                          RosterRobot{"amr.03:b_c", RosterState::kRetired}));
  EXPECT_EQ(roster.Count(RosterState::kActive), 1U);
  EXPECT_EQ(roster.Count(RosterState::kRetired), 1U);
}

TEST(Roster, SaysWhereAndWhatIsWrongInEachBadLine) {
  EXPECT_THAT(
      Problems("amr-17 activ\n"
               "amr-18\n"
               "amr-19 active parked\n"
               "a/b active\n"
               " .. active\n"
               "amr-20 active\r\n"
               "amr-21 active\n"
               "amr-21 active\n"
               "amr-\xc3\xa4 active\n"
               "amr-22 Active\n" +
               std::string(65, 'a') + " active\n"),
      ElementsAre("1:8: 'activ' is no state: active, parked or retired",
                  "2:7: 'amr-18' has no state: active, parked or retired",
                  "3:15: 'parked' is more than a robot and its state",
                  HasSubstr("4:1: 'a/b' is no robot's id: 1 to 64 of A-Z a-z 0-9"),
                  HasSubstr("5:2: '..' is no robot's id"),
                  "6:14: a carriage return: lines end with a line feed alone",
                  "8:1: 'amr-21' is in line 7 already",
                  "9:5: a character that is not printable ASCII",
                  "10:8: 'Active' is no state: active, parked or retired",
                  HasSubstr("11:1: 'aaaa")));
}

// One that was cut off is not one that has fewer robots.
TEST(Roster, IsNoneWhenItsFileWasCutAnywhere) {
  const std::string whole = Robots(3);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const bool between = cut > 0 && whole[cut - 1] == '\n';
    EXPECT_EQ(ReadRoster(whole.substr(0, cut)).ok(), between) << cut;
  }
  EXPECT_THAT(Problems("amr-1 active"),
              ElementsAre("1:13: the file ends in the middle of a line"));
}

TEST(Roster, IsNoneWithoutARobotOrWithTooMany) {
  for (const char* empty : {"", "\n", "# nobody\n"}) {
    EXPECT_THAT(Problems(empty), ElementsAre(HasSubstr("there is no robot in it")))
        << empty;
  }
  EXPECT_TRUE(ReadRoster(Robots(kMostOnRoster)).ok());
  EXPECT_THAT(Problems(Robots(kMostOnRoster + 1)),
              ElementsAre("10001:1: these are more than 10000 robots"));
}

TEST(Roster, CountsTheProblemsThatItDoesNotKeep) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "?\n";
  const Roster roster = ReadRoster(text);
  EXPECT_THAT(roster.problems, SizeIs(Roster::kMostProblems));
  EXPECT_EQ(roster.more_problems, 1000 - Roster::kMostProblems);
}

TEST(Roster, TakesNoRubbishForARobot) {
  std::mt19937 random(20261130);
  using std::string_view_literals::operator""sv;
  const auto likely = "amr-1 active\nparked\tretired#\r\0\xff.:_/\"\\{}"sv;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n)
      text += likely[random() % likely.size()];
    const Roster roster = ReadRoster(text);
    if (!roster.ok()) continue;
    EXPECT_THAT(roster.robots, ::testing::Not(IsEmpty())) << text;
    const std::string page = RosterPage(roster.robots);
    EXPECT_EQ(std::ranges::count(page, '\n'),
              static_cast<std::ptrdiff_t>(roster.robots.size()) + 2)
        << text;
    EXPECT_EQ(std::ranges::count(page, '"'),
              static_cast<std::ptrdiff_t>(roster.robots.size()) * 4)
        << text;
  }
}

TEST(Roster, IsAPageWithASeriesForEachRobot) {
  const std::string page =
      RosterPage(ReadRoster("amr-17 active\namr-3 retired\n").robots);
  EXPECT_EQ(page,
            "# HELP torpor_roster_info A robot that this site knows of, and what is "
            "expected of it.\n"
            "# TYPE torpor_roster_info gauge\n"
            "torpor_roster_info{instance=\"amr-17\",state=\"active\"} 1\n"
            "torpor_roster_info{instance=\"amr-3\",state=\"retired\"} 1\n");
  if (!Daemon::IsThere("promtool")) return;
  const TestFolder folder;
  folder.Write("page", page);
  const Ran ran = RunLine(DaemonProgram("promtool").string() + " check metrics < " +
                          (folder / "page").string() + " 2>&1");
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_EQ(ran.out, "");
}

}  // namespace
}  // namespace torpor::telemetry

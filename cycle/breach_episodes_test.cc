#include "cycle/breach_episodes.h"

#include <gtest/gtest.h>

#include <string>

namespace torpor::cycle {
namespace {

// One character a cycle: x broken, . kept, ? not measured. The cycles in which an alarm
// is raised, from 1.
std::string Alarms(BreachEpisodes& episodes, const std::string& cycles,
                   std::uint64_t before = 0) {
  std::string alarms;
  for (std::size_t i = 0; i < cycles.size(); ++i) {
    Judgement judgement;
    Judged& power = judgement[static_cast<std::size_t>(Clause::kPower)];
    if (cycles[i] != '?') power.broken = cycles[i] == 'x';
    power.excess = {200, 180, "J"};
    const std::uint64_t cycle = before + i + 1;
    const auto wall = static_cast<std::int64_t>(cycle) * 60'000'000;
    for (const auto& opened : episodes.Take(cycle, wall, judgement)) {
      if (!opened) continue;
      EXPECT_EQ(opened->clause, Clause::kPower);
      EXPECT_EQ(opened->excess.measured, 200);
      alarms += (alarms.empty() ? "" : " ") + std::to_string(cycle) + " since " +
                std::to_string(opened->since_cycle);
      EXPECT_EQ(opened->since_wall_us,
                static_cast<std::int64_t>(opened->since_cycle) * 60'000'000);
    }
  }
  return alarms;
}

std::string Alarms(const std::string& cycles) {
  BreachEpisodes episodes;
  return Alarms(episodes, cycles);
}

TEST(BreachEpisodes, BeginWithTheThirdBreachInARowAndRaiseOneAlarm) {
  EXPECT_EQ(Alarms("xx.xx.xx"), "");
  EXPECT_EQ(Alarms("..xxx"), "5 since 3");
  EXPECT_EQ(Alarms("..xxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "5 since 3");
}

TEST(BreachEpisodes, EndWithTheTenthKeptInARow) {
  EXPECT_EQ(Alarms("xxx.........xxx"), "3 since 1") << "nine";
  EXPECT_EQ(Alarms("xxx..........xxx"), "3 since 1 16 since 14") << "ten";
}

TEST(BreachEpisodes, AFaultThatComesAndGoesIsOne) {
  std::string flapping = "xxx";
  for (int i = 0; i < 20; ++i) flapping += ".........x....xxx";
  EXPECT_EQ(Alarms(flapping), "3 since 1");
}

TEST(BreachEpisodes, WhatIsNotMeasuredNeitherBeginsNorEndsOne) {
  EXPECT_EQ(Alarms("x?x?x"), "5 since 1");
  EXPECT_EQ(Alarms("x?????????x"), "");
  EXPECT_EQ(Alarms("xxx.....?????.....xxx"), "3 since 1 21 since 19");
  EXPECT_EQ(Alarms("xxx.....?????....xxx"), "3 since 1");
}

TEST(BreachEpisodes, OutliveARestartAtEveryCycle) {
  const std::string cycles = "xxx....xx.xxx..........xxxx";
  const std::string whole = Alarms(cycles);
  EXPECT_EQ(whole, "3 since 1 26 since 24");
  for (std::size_t cut = 0; cut <= cycles.size(); ++cut) {
    BreachEpisodes before;
    std::string alarms = Alarms(before, cycles.substr(0, cut));
    BreachEpisodes after;
    after.Restore(before.episodes());
    const std::string rest = Alarms(after, cycles.substr(cut), cut);
    if (!alarms.empty() && !rest.empty()) alarms += " ";
    EXPECT_EQ(alarms + rest, whole) << cut;
  }
}

TEST(BreachEpisodes, EachClauseHasItsOwn) {
  BreachEpisodes episodes;
  int alarms = 0;
  for (std::uint64_t cycle = 1; cycle <= 4; ++cycle) {
    Judgement judgement;
    for (Judged& judged : judgement) judged.broken = true;
    for (const auto& opened : episodes.Take(cycle, 0, judgement))
      alarms += opened ? 1 : 0;
  }
  EXPECT_EQ(alarms, 6);
}

}  // namespace
}  // namespace torpor::cycle

// The fleet: the story comes out of the assumptions, and only out of them.
#include "simulate/replay.h"
#include "core/json_hosted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "simulate/test_replay.h"

namespace torpor::simulate {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

ReplayOptions Few() {
  ReplayOptions options;
  options.robots = 6;
  return options;
}

ReplayOptions FewAndShort() {
  ReplayOptions options = Few();
  options.shift = hours(2);
  return options;
}

Replay Told(const ReplayOptions& options) {
  return ReplayNight(WarehouseTerms(), options);
}

TEST(Replay, TheSameSeedGivesTheSameBytesAndAnotherSeedOthers) {
  const Replay one = Told(Few());
  const Replay again = Told(Few());
  EXPECT_EQ(Json(one, {}), Json(again, {}));
  EXPECT_EQ(InWords(one), InWords(again));
  EXPECT_EQ(DrawReplay(one), DrawReplay(again));
  ReplayOptions other = Few();
  other.seed = 2;
  EXPECT_NE(InWords(one), InWords(Told(other)));
}

TEST(Replay, TheFiguresOfTheStoryComeOutWithTheDefaultAssumptions) {
  const Replay replay = Told({});
  for (const ToldFigure& figure : ToldFigures(replay)) {
    EXPECT_TRUE(figure.agrees()) << figure.name << ": " << figure.replayed;
  }
  EXPECT_THAT(InWords(replay), testing::Not(HasSubstr(" ! ")));
}

TEST(Replay, UnderTorporNoneOfThemDoes) {
  const Replay replay = Told(Few());
  const FleetReplay& paper = replay.of(Telling::kOnPaper);
  const FleetReplay& kept = replay.of(Telling::kTorpor);
  EXPECT_EQ(kept.median_gap, std::chrono::minutes(1));
  EXPECT_LT(kept.computer_watts, paper.computer_watts * 1.05);
  EXPECT_LT(kept.resident_share, 0.03);
  EXPECT_EQ(kept.flat, 0U);
  EXPECT_LE(kept.most_waiting, 3U);
  EXPECT_LE(kept.oldest_inferred, WarehouseTerms().max_batch_age);
}

TEST(Replay, SomebodyIsPagedWithinMinutesForWhatTorporCannotMend) {
  const Replay replay = Told(Few());
  const auto& held = replay.of(Telling::kSessionHeld);
  ASSERT_TRUE(held.first_page);
  EXPECT_EQ(held.first_page->rule, Page::Rule::kBreach);
  EXPECT_LT(held.first_page->at, Instant(std::chrono::minutes(6)));
  const auto& differ = replay.of(Telling::kTwoContracts);
  ASSERT_TRUE(differ.first_page);
  EXPECT_EQ(differ.first_page->rule, Page::Rule::kRefused);
  EXPECT_LT(differ.first_page->at, Instant(std::chrono::minutes(6)));
  EXPECT_FALSE(replay.of(Telling::kAsItWas).first_page);
}

TEST(Replay, WithoutHiccupsThereIsNoBacklogInAnyTelling) {
  ReplayOptions options = Few();
  options.assumptions.hiccups_per_hour = 0;
  const Replay replay = Told(options);
  EXPECT_EQ(replay.of(Telling::kAsItWas).most_waiting, 1U);
  EXPECT_EQ(replay.of(Telling::kTorpor).breaches, 0U);
  EXPECT_FALSE(replay.of(Telling::kTorpor).first_page);
  EXPECT_EQ(replay.alone[0].most_waiting, 1U);
  // The session is left open all the same.
  EXPECT_GT(replay.of(Telling::kAsItWas).resident_share, 0.99);
}

TEST(Replay, TheEnergyIsThatOfItsStates) {
  const ReplayOptions options = Few();
  const Replay replay = Told(options);
  const ReplayAssumptions& a = options.assumptions;
  for (const Telling telling : {Telling::kAsItWas, Telling::kTorpor}) {
    const RobotReplay& robot = *replay.of(telling).shown;
    double joules = a.asleep_watts * 8 * 3600;
    const std::array<double, kDraws> adds = {a.awake_adds_watts, a.core_adds_watts,
                                             a.resident_adds_watts,
                                             a.gpu_work_adds_watts};
    DrawTimes minutes{};
    for (std::size_t i = 0; i < kDraws; ++i) {
      joules += adds[i] * static_cast<double>(robot.ledger.times()[i].count()) / 1e6;
      for (const DrawTimes& bin : robot.ledger.bins()) minutes[i] += bin[i];
    }
    EXPECT_EQ(minutes, robot.ledger.times());
    const Microjoules energy = ComputerEnergy(robot.ledger.times(), hours(8), a);
    EXPECT_NEAR(static_cast<double>(energy.value) / 1e6, joules, 0.01);
  }
  // One robot: the fleet's means are its own, and its battery empties by what it takes.
  ReplayOptions alone = options;
  alone.robots = 1;
  const Replay single = Told(alone);
  const FleetReplay& kept = single.of(Telling::kTorpor);
  EXPECT_NEAR(kept.robot_joules, (kept.computer_watts + a.rest_of_robot_watts) * 28800,
              1);
  EXPECT_NEAR(kept.battery_left, 1 - kept.robot_joules / single.battery_joules, 1e-6);
  EXPECT_NEAR(kept.battery.back()[1], kept.battery_left, 1e-6);
}

TEST(Replay, EachAssumptionMatters) {
  const std::string base = Json(Told(FewAndShort()), {});
  for (const Assumption& row : Assumptions()) {
    bool matters = false;
    for (const double factor : {1 - kMove, 1 + kMove}) {
      ReplayOptions options = FewAndShort();
      options.assumptions.*(row.value) *= factor;
      Replay replay = Told(options);
      replay.options.assumptions = {};  // only what came of it is compared
      matters = matters || Json(replay, {}) != base;
    }
    EXPECT_TRUE(matters) << row.name;
  }
}

TEST(Replay, EachAssumptionIsMovedByAQuarterEitherWayWithinItsRange) {
  const auto moved = MoveEach(WarehouseTerms(), FewAndShort());
  ASSERT_EQ(moved.size(), 2 * Assumptions().size());
  for (std::size_t i = 0; i < moved.size(); ++i) {
    const Assumption& row = *moved[i].assumption;
    EXPECT_EQ(&row, &Assumptions()[i / 2]);
    const double value = ReplayAssumptions{}.*(row.value);
    const double wanted = value * (i % 2 == 0 ? 0.75 : 1.25);
    EXPECT_DOUBLE_EQ(moved[i].value, std::clamp(wanted, row.least, row.most));
    EXPECT_TRUE(moved[i].paged_minutes[0]) << row.name;
  }
  // A bigger robot notices less.
  const auto more = [&](const char* name, std::size_t which) {
    for (std::size_t i = 0; i < moved.size(); i += 2) {
      if (moved[i].assumption->name == name) return moved[i + which].figures[3].replayed;
    }
    return 0.0;
  };
  EXPECT_GT(more("rest-of-robot-watts", 0), more("rest-of-robot-watts", 1));
}

TEST(Replay, AtEitherEndOfEachRangeThereIsATable) {
  for (const Assumption& row : Assumptions()) {
    for (const double edge : {row.least, row.most}) {
      ReplayOptions options = FewAndShort();
      options.robots = 1;
      options.assumptions.*(row.value) = edge;
      const auto json = nlohmann::json::parse(Json(Told(options), {}));
      for (const auto& [name, telling] : json["tellings"].items()) {
        EXPECT_TRUE(telling["more_energy_share"].is_number()) << row.name << ", " << name;
        EXPECT_GT(telling["computer_watts"], 0) << row.name << ", " << name;
        EXPECT_LE(telling["resident_share"], 1) << row.name << ", " << name;
        EXPECT_LE(telling["awake_share"], 1) << row.name << ", " << name;
      }
    }
  }
}

TEST(Replay, AShiftOfAnyLengthAndOneRobotAreATable) {
  ReplayOptions options = Few();
  options.robots = 1;
  options.shift = std::chrono::minutes(30) + Microseconds(1);
  options.assumptions.hiccups_per_hour = 1000;
  options.assumptions.hiccup_seconds = 36'000;  // hardly ever a link
  const Replay replay = Told(options);
  EXPECT_THAT(InWords(replay), HasSubstr("inferences, each robot"));
  EXPECT_THAT(DrawReplay(replay), HasSubstr("</svg>"));
  const auto json = nlohmann::json::parse(Json(replay, {}));
  EXPECT_TRUE(json["tellings"]["torpor"].contains("between_inferences_median_seconds"));
}

}  // namespace
}  // namespace torpor::simulate

#include "view/fleet_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/test_terms.h"
#include "core/json_hosted.h"
#include "simulate/test_replay.h"
#include "view/fleet_board.h"

namespace torpor::view {
namespace {

using nlohmann::json;
using simulate::FleetOptions;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

const contract::Terms& Terms() {
  static const contract::Terms kTerms = simulate::WarehouseTerms();
  return kTerms;
}

// A fleet that has lived so long under such a script, on a board.
class FleetViewTest : public testing::Test {
 protected:
  void Live(const std::string& script, Microseconds lasts, std::uint32_t robots = 8) {
    options_.robots = robots;
    options_.duration = lasts;
    auto parsed = simulate::ParseFleetScript(script, "test", robots, options_.seed);
    ASSERT_TRUE(parsed.ok()) << parsed.refusal().what;
    options_.script = *std::move(parsed);
    board_ = std::make_unique<FleetBoard>(Terms(), robots);
    simulate::FleetWatcher watcher;
    watcher.on_cycle = [&](const simulate::FleetCycle& cycle) { board_->Take(cycle); };
    watcher.on_event = [&](const simulate::FleetEvent& event) { board_->Take(event); };
    watcher.on_report = [&](std::uint32_t number, Instant at, Status became) {
      board_->Reported(number, at, became);
    };
    static_cast<void>(simulate::RunFleet(Terms(), options_, {}, watcher));
  }
  [[nodiscard]] FleetPicture Now() const {
    return board_->At(Instant(options_.duration));
  }
  [[nodiscard]] FleetShow Show() const { return {Terms(), options_}; }
  [[nodiscard]] std::string Frame(const Look& look = {110, 0, false}) const {
    std::string frame;
    for (const Line& line : FleetLines(Now(), board_->events(), Show(), look)) {
      frame += line.text() + "\n";
    }
    return frame;
  }

  FleetOptions options_;
  std::unique_ptr<FleetBoard> board_;
};

TEST_F(FleetViewTest, AFleetThatIsWellSleeps) {
  Live("", minutes(10));
  const FleetCounts counts = Now().counts;
  EXPECT_EQ(counts.robots, 8U);
  EXPECT_EQ(counts.Of(Plight::kWell), 8U);
  EXPECT_GE(counts.asleep, 6U);
  EXPECT_EQ(counts.asleep + counts.awake, 8U);
  EXPECT_EQ(counts.in_breach + counts.alarms, 0U);
  EXPECT_THAT(Frame(), HasSubstr("0 SILENT"));
  EXPECT_THAT(PlainLine(Now()), Not(HasSubstr("worst")));
  EXPECT_EQ(json::parse(JsonLine(Now(), Terms()))["worst"], json::array());
}

TEST_F(FleetViewTest, TheWorstRobotsComeFirstEachWithItsPlight) {
  Live(
      "2m end sim-0008 wrong-contract\n2m end sim-0007 silent\n"
      "2m end sim-0006 failing-bearing\n2m end sim-0005 never-sleeps\n"
      "2m end sim-0004 link-down\n2m end sim-0003 partition\n",
      minutes(20));
  const FleetPicture picture = Now();
  using enum Plight;
  const std::vector<std::pair<std::string, Plight>> expected = {
      {"sim-0008", kRefuses}, {"sim-0003", kSilent},   {"sim-0007", kSilent},
      {"sim-0006", kAlarm},   {"sim-0005", kInBreach}, {"sim-0004", kDeviates},
      {"sim-0001", kWell},    {"sim-0002", kWell}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(picture.rows[i].robot, expected[i].first);
    EXPECT_EQ(picture.rows[i].plight, expected[i].second) << expected[i].first;
  }
  EXPECT_EQ(picture.counts.Of(kSilent), 2U);
  EXPECT_EQ(picture.counts.alarms, 1U);
  const std::string frame = Frame();
  for (const char* words :
       {"REFUSES TO WORK", "SILENT", "ALARM, ", "BREACH, ", "link-down", "%!",
        "2 SILENT  1 ALARM  1 IN BREACH", "refuses  sim-0008", "alarm  sim-0006"}) {
    EXPECT_THAT(frame, HasSubstr(words));
  }
  EXPECT_THAT(PlainLine(picture), HasSubstr("worst: sim-0008 REFUSES TO WORK"));
  const auto object = json::parse(JsonLine(picture, Terms()));
  EXPECT_EQ(object["worst"][0]["robot"], "sim-0008");
  EXPECT_EQ(object["worst"].size(), 6U) << "nobody who is well";
  EXPECT_EQ(object["plights"]["silent"], 2);
}

TEST_F(FleetViewTest, ARobotIsSilentTwoMinutesBehindItsPromise) {
  Live("5m end sim-0001 silent\n", minutes(5) + seconds(30), 1);
  const auto last = Now();
  ASSERT_TRUE(last.rows[0].heard.has_value());
  EXPECT_EQ(last.rows[0].plight, Plight::kWell) << "nobody can know yet";
  const Instant heard = last.at - *last.rows[0].heard;
  const auto at = [&](Microseconds after) {
    return board_->At(heard + after).rows[0].plight;
  };
  const Microseconds promise = Terms().period + Terms().awake();
  EXPECT_EQ(at(promise + kSilentAfter - seconds(10)), Plight::kWell);
  EXPECT_EQ(at(promise + kSilentAfter + seconds(10)), Plight::kSilent);
}

TEST_F(FleetViewTest, ARobotThatWasNeverHeardIsNotCalledWell) {
  Live("", minutes(10), 2);
  const FleetBoard board(Terms(), 2);
  EXPECT_EQ(board.At(Instant(seconds(30))).counts.Of(Plight::kNotYet), 2U);
  EXPECT_EQ(board.At(Instant(minutes(10))).counts.Of(Plight::kSilent), 2U);
  const auto picture = board.At(Instant(seconds(30)));
  std::string frame;
  for (const Line& line : FleetLines(picture, {}, Show(), {110, 0, false})) {
    frame += line.text() + "\n";
  }
  EXPECT_THAT(frame, HasSubstr("sim-0001  not heard yet           ?"));
  EXPECT_THAT(frame, Not(HasSubstr(" 0.0 ")));
}

TEST_F(FleetViewTest, FollowsARobotThroughItsCycle) {
  Live("", minutes(10), 1);
  board_ = std::make_unique<FleetBoard>(Terms(), 1);
  telemetry::CycleRecord record;
  record.woke = Instant(seconds(100));
  record.phases[static_cast<std::size_t>(telemetry::Phase::kCollect)] = seconds(2);
  record.phases[static_cast<std::size_t>(telemetry::Phase::kInfer)] = seconds(1);
  const std::string name = "sim-0001";
  board_->Take(simulate::FleetCycle{1, name, Instant(seconds(99)), Instant(seconds(104)),
                                    Instant(seconds(159)), record, false});
  const auto step = [&](int at) { return board_->At(Instant(seconds(at))).rows[0].step; };
  EXPECT_EQ(step(101), RobotStep::kCollecting);
  EXPECT_EQ(step(102), RobotStep::kInferring);
  EXPECT_EQ(step(103), RobotStep::kJudging);
  EXPECT_EQ(step(104), RobotStep::kReporting);
  board_->Reported(1, Instant(seconds(104)), Status::kOk);
  EXPECT_EQ(step(105), RobotStep::kAsleep);
  board_->Take(simulate::FleetCycle{2, name, {}, {}, {}, record, false});
  board_->Reported(0, {}, Status::kOk);
}

TEST_F(FleetViewTest, ScrollsAndFitsEveryTerminal) {
  Live("2m end 20 silent\n", minutes(10), 60);
  FleetShow show = Show();
  show.from = 1'000'000;
  const auto text = [&](const Look& look) {
    std::string all;
    for (const Line& line : FleetLines(Now(), board_->events(), show, look)) {
      all += line.text() + "\n";
    }
    return all;
  };
  EXPECT_THAT(text({110, 24, false}), HasSubstr("sim-0060  asleep"));
  EXPECT_THAT(text({110, 24, false}), Not(HasSubstr("  SILENT"))) << "they are above";
  for (std::size_t columns = 1; columns <= 130; columns += columns < 25 ? 1 : 15) {
    for (const std::size_t rows : {1U, 2U, 5U, 12U, 24U, 100U}) {
      const Look look{columns, rows, true};
      const auto lines = FleetLines(Now(), board_->events(), show, look);
      ASSERT_EQ(lines.size(), rows);
      for (const Line& line : lines) ASSERT_LE(line.columns(), columns);
    }
  }
}

TEST_F(FleetViewTest, NobodysTextReachesTheTerminalAsItIs) {
  Live("", minutes(1), 1);
  const std::string evil = "sim\x1b[2J\xff\n" + std::string(5000, 'A');
  const telemetry::CycleRecord record;
  board_->Take(simulate::FleetCycle{1, evil, {}, {}, {}, record, false});
  board_->Take(
      simulate::FleetEvent{simulate::FleetEvent::What::kUnheard, {}, nullptr, evil});
  for (const Line& line : FleetLines(Now(), board_->events(), Show(), {80, 24, false})) {
    EXPECT_LE(line.columns(), 80U);
    for (const char byte : line.text()) EXPECT_GE(byte, ' ') << line.text();
  }
  EXPECT_THAT(PlainLine(Now()), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace torpor::view

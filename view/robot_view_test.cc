#include "view/robot_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "contract/test_terms.h"
#include "core/json_hosted.h"
#include "view/cycle_words.h"
#include "view/robot_top.h"

namespace torpor::view {
namespace {

using nlohmann::json;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::Verdict;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kBegan = 1'796'071'316'000'000;  // 20:41:56

CycleRecord Good(std::uint64_t cycle) {
  CycleRecord record;
  record.cycle = cycle;
  record.wall_us = kBegan + static_cast<std::int64_t>(cycle) * 10'000'000;
  record.woke = FromMicroseconds(static_cast<std::int64_t>(cycle) * 10'000'000);
  record.phases[static_cast<std::size_t>(Phase::kReport)] = 100ms;
  record.phases[static_cast<std::size_t>(Phase::kSleep)] = 9780ms;
  record.phases[static_cast<std::size_t>(Phase::kCollect)] = 117ms;
  record.phases[static_cast<std::size_t>(Phase::kInfer)] = 3ms;
  record.inferred = true;
  record.batch_sequence = cycle;
  record.batch_age = 1004ms;
  record.since_last_inference = 10s;
  record.verdict = Verdict::kNormal;
  record.score = 0.4;
  record.energy = Microjoules{24'600'000};
  record.wakeups_awake = 31;
  record.slept = 0.988;
  return record;
}

RobotReading Reading() {
  RobotReading reading;
  reading.folder = "state";
  reading.terms = contract::GoodTerms();
  reading.robot = "r-17";
  reading.report.emplace();
  reading.report->active = contract::sign::NamedContract{"night-shift", {1, 7}, {}};
  for (std::uint64_t cycle = 1; cycle <= 30; ++cycle)
    reading.cycles.push_back(Good(cycle));
  return reading;
}

RobotShow Just(const RobotReading& reading, Microseconds after = 2s) {
  RobotShow show;
  show.now_us = JournalledAt(*reading.last()) + after.count();
  return show;
}

std::string Frame(const RobotReading& reading, const RobotShow& show,
                  const Look& look = {100, 0, false}) {
  std::string frame;
  for (const Line& line : RobotLines(reading, show, look)) frame += line.text() + "\n";
  return frame;
}

// How the line that has these words is meant, where they stand.
Tone ToneOf(const std::vector<Line>& lines, std::string_view words) {
  for (const Line& line : lines) {
    for (const Span& span : line.spans) {
      if (span.text.find(words) != std::string::npos) return span.tone;
    }
  }
  ADD_FAILURE() << words << " is not shown";
  return Tone::kPlain;
}

TEST(RobotView, SaysOfARobotThatIsWellThatItSleepsAndWhatItSpends) {
  const RobotReading reading = Reading();
  const std::string frame = Frame(reading, Just(reading));
  for (const char* words :
       {"r-17 of north-hall", "night-shift 1.7", "period 10.0 s",
        "asleep since 20:46:56 (1.90 s); next cycle due by 20:47:08, in 10.4 s",
        "CYCLE 30  woke 20:46:56, inferred 10.0 s after the one before", "zzzzzz",
        "9.78 s of 10.0 s (97.80 %)", "220 ms: report 100 ms, collect 117 ms",
        "0.40 of 1.00, normal", "24.6 J of 45.0 J, modelled", "age 1.00 s of 12.0 s",
        "none dropped", "0 asleep, 31 awake of 2000; rest proved in 98.8 % of it",
        "none in the last 30 cycles"}) {
    EXPECT_THAT(frame, HasSubstr(words));
  }
  EXPECT_THAT(frame, Not(HasSubstr("ALARM")));
  EXPECT_THAT(frame, Not(HasSubstr("OVERDUE")));
}

TEST(RobotView, AFailingBearingIsSaidInWordsAndNotByColourAlone) {
  RobotReading reading = Reading();
  reading.cycles.back().verdict = Verdict::kAnomaly;
  reading.cycles.back().score = 3.19;
  reading.undelivered = 2;
  reading.episode = OpenAlarm{27, "bearing", "a bearing of this robot is failing",
                              "axis 2, 1.4-1.7 kHz 8 x its own spread above normal"};
  reading.alarms = {*reading.episode};
  const auto lines = RobotLines(reading, Just(reading), {100, 0, false});
  EXPECT_EQ(ToneOf(lines, "a bearing of this robot is failing, since cycle 27"),
            Tone::kBad);
  EXPECT_EQ(ToneOf(lines, "ANOMALY"), Tone::kBad);
  EXPECT_THAT(Frame(reading, Just(reading)), HasSubstr("2 undelivered"));
  EXPECT_THAT(Frame(reading, Just(reading)), HasSubstr("3.19 of 1.00, ANOMALY"));
}

TEST(RobotView, ARobotThatDoesNotReportIsOverdueLoudly) {
  const RobotReading reading = Reading();
  const auto lines = RobotLines(reading, Just(reading, 204s), {100, 24, false});
  EXPECT_EQ(ToneOf(lines, "OVERDUE by 3 min 11 s: a cycle was due by 20:47:08"),
            Tone::kBad);
  EXPECT_THAT(lines[2].text(), HasSubstr("OVERDUE")) << "at the top";
}

TEST(RobotView, SaysUnknownWhereNothingIsKnownAndNeverNought) {
  RobotReading reading = Reading();
  reading.terms = Status::kFileMissing;
  reading.report.reset();
  reading.robot.clear();
  CycleRecord& last = reading.cycles.back();
  last.inferred = false;
  last.batch_sequence = 0;
  last.batch_age = last.since_last_inference = 0s;
  last.verdict = Verdict::kAbstain;
  last.why_abstained = Status::kLinkDown;
  last.score = 0;
  last.energy = {};
  last.slept.reset();
  const std::string frame = Frame(reading, Just(reading));
  for (const char* words :
       {"a robot whose name nobody says", "unknown: torpord has not said",
        "period unknown", "unknown: no contract at hand says when it reports",
        "did not infer", "score     unknown; abstains: ", "(link-down)",
        "energy    unknown", "batch     none", "rest not proved", "===============?"}) {
    EXPECT_THAT(frame, HasSubstr(words));
  }
  for (const char* wrong : {"0.00 of", "0.0 J", "age 0"}) {
    EXPECT_THAT(frame, Not(HasSubstr(wrong)));
  }
  const auto line = json::parse(JsonLine(last, reading));
  for (const char* name : {"robot", "score", "joules", "between_seconds", "rest_proved",
                           "batch_age_seconds", "budget_joules"}) {
    EXPECT_TRUE(line.at(name).is_null()) << name << " " << line;
  }
  last.verdict = Verdict::kNormal;
  last.score = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(json::parse(JsonLine(last, reading)).at("score").is_null());
  EXPECT_THAT(Frame({}, {}), HasSubstr("none is in the journal yet"));
}

TEST(RobotView, CompressedTimeMetersNoWakeUps) {
  RobotReading reading = Reading();
  reading.simulated = true;
  reading.cycles.back().wakeups_awake = 0;
  EXPECT_THAT(Frame(reading, Just(reading)), HasSubstr("unmetered in compressed time"));
  EXPECT_TRUE(
      json::parse(JsonLine(*reading.last(), reading)).at("wakeups_asleep").is_null());
}

TEST(RobotView, NamesDeviationsWithTheirCauseOnceForManyCycles) {
  RobotReading reading = Reading();
  for (std::size_t i = 10; i < 20; ++i) {
    reading.cycles[i].deviations = {{Status::kLinkDown, "no answer to FETCH"}};
  }
  reading.cycles.back().deviations = {{Status::kCycleOverBudget, "61.0 J of 45.0 J"}};
  reading.cycles.back().energy = Microjoules{61'000'000};
  const std::string frame = Frame(reading, Just(reading));
  EXPECT_THAT(frame, HasSubstr("cycles 11 to 20"));
  EXPECT_THAT(frame, HasSubstr("link-down (200): "));
  EXPECT_THAT(frame, HasSubstr(": no answer to FETCH"));
  EXPECT_THAT(frame, HasSubstr("cycle 30  in this cycle"));
  EXPECT_THAT(frame, HasSubstr("61.0 J of 45.0 J, modelled, OVER BUDGET"));
  EXPECT_LT(frame.find("61.0 J of 45.0 J\n"), frame.find("no answer to FETCH"));
}

TEST(RobotView, AnOlderCycleIsShownAsItWas) {
  RobotReading reading = Reading();
  reading.cycles[9].score = 0.77;
  RobotShow show = Just(reading);
  show.back = 20;
  EXPECT_THAT(Frame(reading, show), HasSubstr("CYCLE 10"));
  EXPECT_THAT(Frame(reading, show), HasSubstr("(20 before the newest)"));
  EXPECT_THAT(Frame(reading, show), HasSubstr("0.77 of 1.00"));
  show.back = 1'000'000;
  EXPECT_THAT(Frame(reading, show), HasSubstr("CYCLE 1 "));
}

TEST(RobotView, NobodysTextReachesTheTerminalAsItIs) {
  RobotReading reading = Reading();
  const std::string evil = "\x1b[2J\x1b]0;x\x07\r\n\xff\xc2\x9b" + std::string(5000, 'A');
  reading.cycles.back().deviations = {{Status::kLinkDown, evil}};
  reading.report->active->name = evil;
  reading.report->refused = contract::sign::RefusedContract{{}, Status::kExpired, evil};
  for (const bool utf8 : {false, true}) {
    const Look look{80, 24, utf8};
    for (const Line& line : RobotLines(reading, Just(reading), look)) {
      EXPECT_LE(line.columns(), 80U);
      for (const char byte : line.text()) {
        EXPECT_TRUE(byte >= ' ' || (utf8 && (byte & 0x80) != 0)) << line.text();
        EXPECT_NE(byte, '\x7f');
      }
    }
  }
  EXPECT_THAT(PlainLine(reading.cycles.back(), reading), Not(HasSubstr("\x1b")));
  EXPECT_THAT(JsonLine(reading.cycles.back(), reading), Not(HasSubstr("u001b")));
}

TEST(RobotView, FitsEveryTerminal) {
  const RobotReading reading = Reading(), empty;
  for (std::size_t columns = 1; columns <= 130; columns += columns < 25 ? 1 : 15) {
    for (const std::size_t rows : {1U, 2U, 5U, 24U, 60U}) {
      for (const RobotReading* one : {&reading, &empty}) {
        RobotShow show = Just(reading);
        const auto lines = RobotLines(*one, show, {columns, rows, true});
        ASSERT_EQ(lines.size(), rows);
        for (const Line& line : lines) ASSERT_LE(line.columns(), columns);
      }
    }
  }
  const auto tiny = RobotLines(reading, Just(reading, 204s), {20, 5, false});
  EXPECT_THAT(tiny[2].text(), HasSubstr("OVERDUE"));
}

TEST(RobotView, LinesForPipesSayTheSame) {
  RobotReading reading = Reading();
  EXPECT_EQ(
      PlainLine(*reading.last(), reading),
      "20:46:56  cycle 30  asleep 9.78 s of 10.0 s  apart 10.0 s  age 1.00 s  score "
      "0.40 normal  24.6 J of 45.0 J modelled");
  const auto cycle = json::parse(JsonLine(*reading.last(), reading));
  EXPECT_EQ(cycle["cycle"], 30);
  EXPECT_EQ(cycle["phases_seconds"]["asleep"], 9.78);
  EXPECT_EQ(cycle["energy_from"], "modelled");
  const auto standing =
      json::parse(StandingJson(reading, Just(reading, 204s), "overdue"));
  EXPECT_EQ(standing["doing"], "overdue");
  EXPECT_NEAR(standing["overdue_seconds"].get<double>(), 191.6, 0.1);
}

TEST(RobotTop, JudgesASimulatedLifeByItsOwnClock) {
  RobotReading reading = Reading();
  const std::int64_t now = kBegan + 3'600'000'000;
  EXPECT_EQ(ShowOf({}, reading, now).now_us, now);
  reading.simulated = true;
  EXPECT_EQ(ShowOf({}, reading, now).now_us, JournalledAt(*reading.last()));
  RobotTop options;
  options.clock = Clock::kNow;
  EXPECT_EQ(ShowOf(options, reading, now).now_us, now);
  options.clock = Clock::kGiven;
  options.given_us = 42;
  EXPECT_EQ(ShowOf(options, reading, now).now_us, 42);
  EXPECT_EQ(ShowOf({}, {}, now).now_us, now);
}

}  // namespace
}  // namespace torpor::view

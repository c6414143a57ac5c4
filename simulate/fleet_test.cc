// A simulated fleet keeps its contract, and says of each trouble what a robot would.
#include "simulate/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <mutex>
#include <set>

#include "cycle/phase.h"
#include "simulate/gateway.h"
#include "simulate/test_replay.h"

namespace torpor::simulate {
namespace {

using cycle::Clause;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::SizeIs;

const contract::Terms& Terms() {
  static const contract::Terms kTerms = WarehouseTerms();
  return kTerms;
}

// What robots pushed, and how it ends.
struct Heard {
  std::mutex mutex;
  std::map<std::string, std::vector<std::string>> pages;
  telemetry::PushResult result;

  SendFleetPage Sender() {
    return [this](const FleetPage& page) {
      const std::lock_guard lock(mutex);
      pages[page.robot].emplace_back(page.page);
      return result;
    };
  }
  [[nodiscard]] const std::string& Last(const std::string& robot) {
    return pages.at(robot).back();
  }
  // A page is long: who fails shows the line that was looked for alone.
  [[nodiscard]] bool Says(const std::string& robot, std::string_view line) {
    return Last(robot).find(line) != std::string::npos;
  }
  [[nodiscard]] std::size_t Pages(const std::string& robot) {
    return pages.at(robot).size();
  }
};

FleetOptions Options(const std::string& script, std::uint32_t robots = 20) {
  FleetOptions options;
  options.robots = robots;
  auto parsed = ParseFleetScript(script, "test", robots, options.seed);
  EXPECT_TRUE(parsed.ok()) << parsed.refusal().what;
  if (parsed.ok()) options.script = *std::move(parsed);
  return options;
}

FleetFigures Live(const FleetOptions& options, const SendFleetPage& send = {},
                  const OnFleetEvent& on_event = {}) {
  const FleetFigures figures = RunFleet(Terms(), options, send, {on_event});
  EXPECT_EQ(figures.life.unlisted_steps, 0U);
  return figures;
}

std::uint64_t Breached(const FleetFigures& figures, Clause clause) {
  return figures.life.breached[static_cast<std::size_t>(clause)];
}

TEST(Fleet, KeepsItsContractWhenNothingIsWrong) {
  FleetOptions options = Options("", 50);
  options.duration = hours(8);
  const FleetFigures figures = Live(options);
  EXPECT_NEAR(static_cast<double>(figures.life.inferences), 50 * 480, 100);
  EXPECT_EQ(figures.life.breached, (std::array<std::uint64_t, cycle::kClauses>{}));
  EXPECT_EQ(figures.life.alarms, 0U);
  EXPECT_EQ(figures.life.dropped, 0U);
  EXPECT_GE(figures.life.least_interval, Terms().period - Terms().mcu_guard);
  EXPECT_LE(figures.life.oldest_inferred, Terms().max_batch_age);
}

TEST(Fleet, WakesEachRobotByItsOwnShift) {
  FleetOptions options = Options("", 50);
  const auto oldest = [&] { return Live(options).life.oldest_inferred; };
  Microseconds latest{0};
  for (std::uint32_t i = 1; i <= options.robots; ++i) {
    latest = std::max(latest, cycle::PhaseOf(Terms(), FleetRobotName(i)));
  }
  EXPECT_GE(oldest(), Terms().mcu_guard + latest);
  EXPECT_LE(oldest(), Terms().mcu_guard + latest + Terms().wake + Terms().collect);
}

TEST(Fleet, IsTheSameForTheSameSeed) {
  FleetOptions options = Options("5m 10m 5 link-down\n20m 10m all push-loss 30%\n");
  FleetFigures once = Live(options), again = Live(options);
  once.seconds = again.seconds = 0;
  EXPECT_EQ(Json(once, options), Json(again, options));
  options.seed = 2;
  EXPECT_NE(Json(once, options), Json(Live(options), options));
}

// Each trouble of a script, by the clause that it breaks and no other.
TEST(Fleet, SaysWhichClauseEachTroubleBreaks) {
  const struct {
    const char* trouble;
    std::set<Clause> breaks;
  } kTroublesOfClauses[] = {
      {"never-sleeps", {Clause::kDutyCycle, Clause::kPower}},
      {"hot-gpu", {Clause::kGpuResidency}},
      {"woken", {Clause::kWakeups}},
      {"link-down", {Clause::kInterval}},
      {"partition", {}},
      {"clock-step +1h", {}},
      {"failing-bearing", {}},
  };
  for (const auto& [trouble, breaks] : kTroublesOfClauses) {
    const FleetFigures figures =
        Live(Options("10m 20m 4 " + std::string(trouble) + "\n"));
    for (std::size_t i = 0; i < cycle::kClauses; ++i) {
      const auto clause = static_cast<Clause>(i);
      const std::uint64_t cycles = Breached(figures, clause);
      if (!breaks.contains(clause)) {
        EXPECT_EQ(cycles, 0U) << trouble << " " << cycle::NameOf(clause);
      } else if (clause == Clause::kInterval) {
        EXPECT_EQ(cycles, 4U) << trouble << ": one gap of each";
      } else {
        EXPECT_NEAR(static_cast<double>(cycles), 4 * 20, 4) << trouble;
      }
    }
  }
}

TEST(Fleet, HearsAFailingBearingOnceAnEpisode) {
  std::vector<std::string> alarms;
  const FleetOptions options =
      Options("10m 20m sim-0003 failing-bearing\n40m 12m sim-0003 failing-bearing\n");
  const FleetFigures figures = Live(options, {}, [&](const FleetEvent& event) {
    if (event.what == FleetEvent::What::kAlarm) alarms.push_back(event.robot);
  });
  EXPECT_EQ(alarms, (std::vector<std::string>{"sim-0003", "sim-0003"}));
  EXPECT_EQ(figures.life.alarms, 2U);
}

TEST(Fleet, PagesSayWhatARobotSays) {
  Heard heard;
  FleetOptions options = Options(
      "30m end sim-0001 never-sleeps\n30m end sim-0002 wrong-contract\n"
      "30m end sim-0003 silent\n30m end sim-0004 clock-step -1h\n"
      "30m end sim-0005 wrong-type\n30m end sim-0006 garbage\n"
      "30m end sim-0007 partition\n30m end sim-0008 failing-bearing\n");
  Live(options, heard.Sender());
  EXPECT_THAT(heard.pages, SizeIs(20));
  EXPECT_TRUE(
      heard.Says("sim-0001", "torpor_contract_breach_cycles{clause=\"duty_cycle\"} 29"));
  EXPECT_TRUE(heard.Says("sim-0002", "torpor_refused{reason=\"contract-differs\"} 1"));
  EXPECT_EQ(heard.Pages("sim-0002"), 31U) << "it says so once";
  EXPECT_EQ(heard.Pages("sim-0003"), 30U);
  EXPECT_TRUE(heard.Says("sim-0004", "torpor_clock_steps_total 1"));
  EXPECT_TRUE(heard.Says("sim-0005", "# TYPE torpor_cycles_total gauge"));
  EXPECT_THAT(heard.Last("sim-0006"), SizeIs(12));
  EXPECT_EQ(heard.Pages("sim-0007"), 30U);
  EXPECT_TRUE(heard.Says("sim-0008", "torpor_verdicts_total{verdict=\"anomaly\"} 2"));
  EXPECT_TRUE(heard.Says("sim-0009", "torpor_energy_joules_total{rail=\"VDD_IN\"} 8"));
  EXPECT_TRUE(heard.Says("sim-0009", "# TYPE torpor_cycles_total counter"));
}

TEST(Fleet, TellsWhenItPushedWhereNobodyElseDoes) {
  Heard heard;
  FleetOptions options = Options("", 1);
  options.duration = minutes(5);
  Live(options, heard.Sender());
  EXPECT_FALSE(heard.Says("sim-0001", "\npush_time_seconds "));
  options.tells_push_time = true;
  Live(options, heard.Sender());
  EXPECT_TRUE(heard.Says("sim-0001", "\npush_time_seconds 17960"));
}

TEST(Fleet, CountersGoOnThroughARefusal) {
  Heard heard;
  Live(Options("10m 5m sim-0001 wrong-contract\n"), heard.Sender());
  EXPECT_TRUE(heard.Says("sim-0001", "torpor_refused{reason=\"none\"} 0"));
  EXPECT_TRUE(heard.Says("sim-0001", "torpor_phase_seconds_total{phase=\"sleep\"}"));
  // Ten before, the refusal, and one for each minute from the sixteenth on.
  EXPECT_THAT(heard.Pages("sim-0001"),
              testing::AllOf(testing::Ge(56U), testing::Le(58U)));
}

TEST(Fleet, APushThatFailsIsCountedOnTheNextPage) {
  Heard heard;
  heard.result.status = Status::kGatewayTimeout;
  heard.result.took = seconds(2);
  FleetOptions options = Options("", 2);
  options.duration = minutes(10);
  const FleetFigures figures = Live(options, heard.Sender());
  EXPECT_EQ(figures.pushed.at(Status::kGatewayTimeout), figures.pushes);
  EXPECT_EQ(figures.most_in_a_row, 10U);
  EXPECT_TRUE(heard.Says("sim-0001", "torpor_push_failures_total{reason=\"timeout\"} 9"));
  EXPECT_TRUE(heard.Says("sim-0001", "torpor_push_duration_seconds 2"));
}

TEST(Fleet, LosesAboutTheShareOfTriesThatTheScriptSays) {
  FleetOptions options = Options("0 end all push-loss 50%\n", 100);
  const FleetFigures figures = Live(options);
  const double lost =
      static_cast<double>(figures.pushed.at(Status::kGatewayUnreachable)) /
      static_cast<double>(figures.pushes);
  EXPECT_NEAR(lost, 0.25, 0.02) << "each page is tried twice";
  EXPECT_GE(figures.most_in_a_row, 3U);
  EXPECT_LE(figures.most_in_a_row, 12U);
}

TEST(Fleet, TellsOfARobotThatIsNotHeardThoughItTries) {
  std::vector<std::string> unheard;
  Live(Options("10m 10m sim-0001 push-loss 100%\n10m 3m sim-0002 push-loss 100%\n"
               "10m 10m sim-0003 partition\n"),
       {}, [&unheard](const FleetEvent& event) {
         if (event.what == FleetEvent::What::kUnheard) unheard.push_back(InWords(event));
       });
  EXPECT_THAT(unheard, testing::ElementsAre("0:13:17  unheard  sim-0001\n"));
}

TEST(Fleet, TellsOfTheScriptInItsOrder) {
  std::string told;
  FleetOptions options = Options("20m 10m all gateway-down\n10m 5m 1 silent\n");
  Live(options, {}, [&told](const FleetEvent& event) { told += InWords(event); });
  EXPECT_THAT(told, testing::MatchesRegex("0:10:00  begins  silent: sim-[0-9]+\n"
                                          "0:15:00  ends  silent: sim-[0-9]+\n"
                                          "0:20:00  begins  gateway-down: 20 robots\n"
                                          "0:30:00  ends  gateway-down: 20 robots\n"));
}

// Sixty times as fast as real time, over real connections.
TEST(Fleet, PushesInItsOwnTime) {
  const FaultGateway gateway;
  ASSERT_TRUE(gateway.ok());
  FleetOptions options = Options("", 30);
  options.duration = minutes(2);
  options.pace = 60;
  const auto send = [&gateway](const FleetPage& page) {
    telemetry::PushTarget target;
    target.gateway = gateway.address();
    target.robot = page.robot;
    return telemetry::Push(target, page.page, page.deadline);
  };
  const FleetFigures figures = Live(options, send);
  EXPECT_GE(figures.seconds, 1.5);
  EXPECT_NEAR(static_cast<double>(figures.pushes), 50, 4);
  EXPECT_EQ(gateway.pushes(), figures.pushed.at(Status::kOk));
  EXPECT_GT(figures.took.p50, 0);
  EXPECT_GE(figures.late.most, figures.took.p50);
}

TEST(Fleet, TellsOfEachCycleAndOfWhatBecameOfItsReport) {
  FleetOptions options =
      Options("10m 10m sim-0002 never-sleeps\n30m 10m 3 partition\n", 10);
  std::uint64_t cycles = 0, in_breach = 0, inferred = 0;
  std::map<Status, std::uint64_t> reports;
  Instant before{};
  FleetWatcher watcher;
  watcher.on_cycle = [&](const FleetCycle& cycle) {
    ++cycles;
    in_breach += cycle.in_breach ? 1 : 0;
    inferred += cycle.record.inferred ? 1 : 0;
    EXPECT_EQ(cycle.robot, FleetRobotName(cycle.number));
    EXPECT_LE(before, cycle.at) << "in the order of time";
    before = cycle.at;
    EXPECT_LT(cycle.at, cycle.record.woke);
    EXPECT_LT(cycle.record.woke, cycle.reports);
    EXPECT_LT(cycle.reports, cycle.wakes_again);
    EXPECT_EQ(cycle.in_breach, cycle.number == 2 && cycle.at > Instant(minutes(10)) &&
                                   cycle.at < Instant(minutes(20)));
  };
  watcher.on_report = [&](std::uint32_t number, Instant at, Status became) {
    EXPECT_GE(number, 1U);
    EXPECT_LE(at, Instant(options.duration));
    ++reports[became];
  };
  const FleetFigures figures = RunFleet(Terms(), options, {}, watcher);
  EXPECT_EQ(cycles, figures.life.cycles);
  EXPECT_EQ(inferred, figures.life.inferences);
  EXPECT_EQ(in_breach, Breached(figures, Clause::kDutyCycle));
  EXPECT_NEAR(static_cast<double>(in_breach), 10, 1);
  EXPECT_EQ(reports, figures.pushed);
  EXPECT_NEAR(static_cast<double>(reports[Status::kGatewayUnreachable]), 30, 3);
}

TEST(Fleet, EndsWhenItsWatcherHasSeenEnough) {
  FleetOptions options = Options("", 10);
  std::uint64_t cycles = 0, pauses = 0;
  FleetWatcher watcher;
  watcher.on_cycle = [&](const FleetCycle&) { ++cycles; };
  watcher.pause = [&](Instant at, std::chrono::steady_clock::time_point until) {
    EXPECT_GT(at, Instant{});
    EXPECT_GT(until, std::chrono::steady_clock::time_point{});
    return ++pauses < 2;  // and does not wait
  };
  options.duration = hours(1);
  options.pace = 100;  // 36 s, were it not ended
  const FleetFigures figures = RunFleet(Terms(), options, {}, watcher);
  EXPECT_EQ(pauses, 2U);
  EXPECT_LE(cycles, 1U);
  EXPECT_LT(figures.seconds, 18);
}

}  // namespace
}  // namespace torpor::simulate

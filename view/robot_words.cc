// One robot where there is no screen: a line of text or of JSON a cycle.
#include <array>
#include <optional>

#include "core/json_hosted.h"
#include "core/status_table.h"
#include "view/bars.h"
#include "view/cycle_words.h"
#include "view/robot_view.h"

namespace torpor::view {
namespace {

using nlohmann::ordered_json;
using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::Verdict;

double Seconds(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }

ordered_json OrNull(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

std::string Dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json RobotOf(const RobotReading& reading) {
  return reading.robot.empty() ? ordered_json() : ordered_json(reading.robot);
}

}  // namespace

std::string_view NameOf(Doing doing) {
  switch (doing) {
    case Doing::kUnknown:
      return "unknown";
    case Doing::kClocks:
      return "clocks-differ";
    case Doing::kReporting:
      return "reporting";
    case Doing::kAsleep:
      return "asleep";
    case Doing::kAwake:
      return "awake";
    case Doing::kOverdue:
      return "overdue";
  }
  return "unknown";
}

std::string InWords(const Standing& standing, const RobotReading& reading,
                    std::int64_t now_us) {
  const auto since = [&] {
    const Microseconds lasts(now_us - standing.since_us);
    return "since " + ClockOf(standing.since_us) +
           (lasts >= std::chrono::seconds(1) ? " (" + InWords(lasts) + ")" : "");
  };
  // Which day it was, unless it is clear.
  const auto when = [&](std::int64_t us) {
    return standing.overdue < std::chrono::hours(12) ? ClockOf(us) : DateOf(us);
  };
  const std::string due = "next cycle due by " + ClockOf(standing.due_us) + ", in " +
                          InWords(Microseconds(standing.due_us - now_us));
  switch (standing.doing) {
    case Doing::kUnknown:
      if (reading.last() == nullptr) return "unknown: nothing is journalled yet";
      return "unknown: no contract at hand says when it reports; the last cycle was "
             "journalled " +
             InWords(Microseconds(now_us - JournalledAt(*reading.last()))) + " ago";
    case Doing::kClocks:
      return "unknown: its journal is " + InWords(standing.ahead) +
             " ahead of this clock; one of the two is wrong";
    case Doing::kReporting:
      return "reporting " + since() + "; " + due;
    case Doing::kAsleep:
      return "asleep " + since() + "; " + due;
    case Doing::kAwake:
      if (now_us > standing.due_us) {
        return "awake " + since() + "; its cycle is due now";
      }
      return "awake " + since() + "; its cycle is due by " + ClockOf(standing.due_us) +
             ", in " + InWords(Microseconds(standing.due_us - now_us));
    case Doing::kOverdue:
      return "OVERDUE by " + InWords(standing.overdue) + ": a cycle was due by " +
             when(standing.due_us) + " and none is journalled since " +
             when(JournalledAt(*reading.last())) +
             ". torpord is down, hangs or writes elsewhere";
  }
  return {};
}

std::string PlainLine(const CycleRecord& record, const RobotReading& reading) {
  const contract::Terms* terms = reading.known_terms();
  std::string line = ClockOf(record.wall_us) +
                     Print("  cycle %llu", static_cast<unsigned long long>(record.cycle));
  line += "  asleep " + InWords(PhaseOf(record, Phase::kSleep)) + " of " +
          InWords(TimeOf(record));
  if (const auto interval = IntervalOf(record))
    line += Print("  apart %.1f s", *interval);
  line += record.batch_sequence > 0 ? "  age " + InWords(record.batch_age) : "  no batch";
  if (const auto score = ScoreOf(record)) {
    line += Print("  score %.2f ", *score) + VerdictInWords(record);
  } else {
    line += "  score unknown, " + VerdictInWords(record);
  }
  if (const auto joules = JoulesOf(record)) {
    line += "  " + Joules(*joules);
    if (terms != nullptr) {
      line += " of " + Joules(static_cast<double>(terms->cycle_budget.value) / 1e6);
    }
    line += record.metered ? " metered" : " modelled";
    if (OverBudget(record, terms)) line += " OVER BUDGET";
  } else {
    line += "  energy unknown";
  }
  if (DroppedOf(record) > 0) {
    line += Print("  dropped %llu", static_cast<unsigned long long>(DroppedOf(record)));
  }
  for (const auto& deviation : record.deviations) {
    line += "  " + std::string(Info(deviation.what).name);
  }
  return line;
}

std::string JsonLine(const CycleRecord& record, const RobotReading& reading) {
  const contract::Terms* terms = reading.known_terms();
  ordered_json phases, deviations = ordered_json::array(), budget;
  for (std::size_t i = 0; i < telemetry::kPhases; ++i) {
    phases[std::string(NameOf(static_cast<Phase>(i)))] = Seconds(record.phases[i]);
  }
  for (const auto& [what, detail] : record.deviations) {
    deviations.push_back({{"reason", static_cast<int>(what)},
                          {"name", std::string(Info(what).name)},
                          {"detail", Safe(detail)}});
  }
  if (terms != nullptr) budget = static_cast<double>(terms->cycle_budget.value) / 1e6;
  constexpr std::array kVerdicts = {"normal", "anomaly", "abstain"};
  const bool abstains = record.verdict == Verdict::kAbstain;
  const bool batch = record.batch_sequence > 0;
  const bool unmetered =
      reading.simulated && record.wakeups_asleep == 0 && record.wakeups_awake == 0;
  return Dump({{"event", "cycle"},
               {"robot", RobotOf(reading)},
               {"cycle", record.cycle},
               {"wall_seconds", static_cast<double>(record.wall_us) / 1e6},
               {"simulated", reading.simulated},
               {"phases_seconds", phases},
               {"inferred", record.inferred},
               {"between_seconds", OrNull(IntervalOf(record))},
               {"batch_age_seconds",
                batch ? ordered_json(Seconds(record.batch_age)) : ordered_json()},
               {"dropped", DroppedOf(record)},
               {"verdict", kVerdicts[static_cast<std::size_t>(record.verdict)]},
               {"why_abstained", abstains ? ordered_json(Info(record.why_abstained).name)
                                          : ordered_json()},
               {"score", OrNull(ScoreOf(record))},
               {"alarm", record.alarm},
               {"joules", OrNull(JoulesOf(record))},
               {"energy_from", record.metered ? "metered" : "modelled"},
               {"budget_joules", budget},
               {"wakeups_asleep",
                unmetered ? ordered_json() : ordered_json(record.wakeups_asleep)},
               {"rest_proved", OrNull(record.slept)},
               {"deviations", deviations},
               {"undelivered_alarms", reading.undelivered}});
}

std::string StandingJson(const RobotReading& reading, const RobotShow& show,
                         std::string_view event) {
  const Standing standing =
      StandingAt(show.now_us, reading.last(), reading.known_terms());
  const bool judged =
      standing.doing != Doing::kUnknown && standing.doing != Doing::kClocks;
  const auto wall = [&](std::int64_t us) {
    return judged ? ordered_json(static_cast<double>(us) / 1e6) : ordered_json();
  };
  constexpr std::array kClocks = {"now", "last", "given"};
  const bool overdue = standing.doing == Doing::kOverdue;
  return Dump(
      {{"event", event},
       {"robot", RobotOf(reading)},
       {"doing", NameOf(standing.doing)},
       {"at_seconds", static_cast<double>(show.now_us) / 1e6},
       {"clock", kClocks[static_cast<std::size_t>(show.clock)]},
       {"due_seconds", wall(standing.due_us)},
       {"overdue_seconds",
        judged ? ordered_json(overdue ? Seconds(standing.overdue) : 0) : ordered_json()},
       {"undelivered_alarms", reading.undelivered},
       {"text", InWords(standing, reading, show.now_us)}});
}

}  // namespace torpor::view

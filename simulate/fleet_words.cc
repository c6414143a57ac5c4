// A simulated fleet in words: for people, and one object a line for programs.
#include <cstdio>

#include "core/json_hosted.h"
#include "core/status_table.h"
#include "simulate/fleet.h"

namespace torpor::simulate {
namespace {

using nlohmann::ordered_json;

constexpr std::array kVerdicts = {"normal", "anomaly", "abstain"};

double Seconds(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }
double Seconds(Instant at) { return Seconds(at.time_since_epoch()); }

template <class... Values>
std::string Print(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}
unsigned long long Count(std::uint64_t count) { return count; }

// "1:02:03", of a time from the beginning.
std::string ClockOf(Instant at) {
  const long long s = static_cast<long long>(Seconds(at));
  return Print("%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

std::string Span(Microseconds span) {
  const double seconds = Seconds(span);
  if (seconds >= 3600) return Print("%g h", seconds / 3600);
  return seconds >= 60 ? Print("%g min", seconds / 60) : Print("%g s", seconds);
}

std::string_view NameOfPush(Status status) {
  return status == Status::kOk ? "taken" : Info(status).name;
}

std::string Pace(const FleetOptions& options) {
  if (options.pace == 0) return "as fast as it could";
  return options.pace == 1 ? "in real time" : Print("%g times real time", options.pace);
}

std::string_view NameOf(FleetEvent::What what) {
  switch (what) {
    case FleetEvent::What::kBegins:
      return "begins";
    case FleetEvent::What::kEnds:
      return "ends";
    case FleetEvent::What::kAlarm:
      return "alarm";
    case FleetEvent::What::kRefuses:
      return "refuses";
    case FleetEvent::What::kUnheard:
      return "unheard";
  }
  return "";
}

ordered_json ToJson(const Quantiles& q) {
  return {{"p50", q.p50}, {"p95", q.p95}, {"p99", q.p99}, {"max", q.most}};
}

}  // namespace

std::string InWords(const FleetFigures& figures, const FleetOptions& options) {
  const FleetLife& life = figures.life;
  std::string words = Print("%u robots, %s, %s (%.1f s), seed %llu\n", options.robots,
                            Span(options.duration).c_str(), Pace(options).c_str(),
                            figures.seconds, Count(options.seed));
  words += Print("  cycles       %llu, of them inferred %llu\n", Count(life.cycles),
                 Count(life.inferences));
  words += Print("  verdicts     normal %llu, anomaly %llu, abstain %llu; alarms %llu\n",
                 Count(life.verdicts[0]), Count(life.verdicts[1]),
                 Count(life.verdicts[2]), Count(life.alarms));
  if (life.least_interval != Microseconds::max()) {
    words += Print("  inferences   never less than %.1f s apart, oldest batch %.1f s\n",
                   Seconds(life.least_interval), Seconds(life.oldest_inferred));
  }
  words += Print("  batches      %llu gave way to newer ones, %llu were too old\n",
                 Count(life.dropped), Count(life.stale));
  words += "  in breach   ";
  bool any = false;
  for (std::size_t i = 0; i < cycle::kClauses; ++i) {
    if (life.breached[i] == 0) continue;
    words += Print("%s %s %llu cycles (%llu in a row)", any ? "," : "",
                   std::string(cycle::NameOf(static_cast<cycle::Clause>(i))).c_str(),
                   Count(life.breached[i]), Count(life.most_in_a_row[i]));
    any = true;
  }
  words += any ? "\n" : " of nothing, ever\n";
  if (life.refusals > 0) words += Print("  refused      %llu\n", Count(life.refusals));
  words += Print("  pages        %llu, %.1f kB each\n", Count(figures.pushes),
                 figures.pushes == 0 ? 0.0
                                     : static_cast<double>(figures.bytes) / 1000 /
                                           static_cast<double>(figures.pushes));
  for (const auto& [status, count] : figures.pushed) {
    words +=
        Print("    %-22s %llu\n", std::string(NameOfPush(status)).c_str(), Count(count));
  }
  if (figures.most_in_a_row > 0) {
    words += Print("    not taken in a row     %llu of one robot, at most\n",
                   Count(figures.most_in_a_row));
  }
  if (!figures.refused.empty()) words += "    the gateway: " + figures.refused + "\n";
  if (figures.took.most > 0) {
    const Quantiles &took = figures.took, &late = figures.late;
    words += "  a push took  p50        p95        p99        at most\n";
    words += Print("    itself     %-10.1f %-10.1f %-10.1f %.1f ms\n", took.p50, took.p95,
                   took.p99, took.most);
    words += Print("    from due   %-10.1f %-10.1f %-10.1f %.1f ms\n", late.p50, late.p95,
                   late.p99, late.most);
  }
  return words;
}

std::string Json(const FleetFigures& figures, const FleetOptions& options) {
  const FleetLife& life = figures.life;
  ordered_json verdicts, breached, in_a_row, pushed;
  for (std::size_t i = 0; i < kVerdicts.size(); ++i) {
    verdicts[kVerdicts[i]] = life.verdicts[i];
  }
  for (std::size_t i = 0; i < cycle::kClauses; ++i) {
    const std::string clause(cycle::NameOf(static_cast<cycle::Clause>(i)));
    breached[clause] = life.breached[i];
    in_a_row[clause] = life.most_in_a_row[i];
  }
  for (const auto& [status, count] : figures.pushed) {
    pushed[std::string(NameOfPush(status))] = count;
  }
  const bool inferred_twice = life.least_interval != Microseconds::max();
  const ordered_json all = {
      {"robots", options.robots},
      {"hours", Seconds(options.duration) / 3600},
      {"seed", options.seed},
      {"pace", options.pace},
      {"seconds", figures.seconds},
      {"cycles", life.cycles},
      {"inferences", life.inferences},
      {"verdicts", verdicts},
      {"alarms", life.alarms},
      {"refusals", life.refusals},
      {"least_interval_seconds",
       inferred_twice ? ordered_json(Seconds(life.least_interval)) : ordered_json()},
      {"oldest_inferred_seconds", Seconds(life.oldest_inferred)},
      {"dropped", life.dropped},
      {"stale", life.stale},
      {"breached_cycles", breached},
      {"breached_in_a_row", in_a_row},
      {"pages", figures.pushes},
      {"page_bytes", figures.bytes},
      {"pushed", pushed},
      {"not_taken_in_a_row", figures.most_in_a_row},
      {"push_ms", ToJson(figures.took)},
      {"push_from_due_ms", ToJson(figures.late)},
      {"gateway_said", figures.refused},
      {"unlisted_steps", life.unlisted_steps}};
  return all.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string InWords(const FleetEvent& event) {
  std::string words = ClockOf(event.at) + "  " + std::string(NameOf(event.what)) + "  ";
  if (event.line == nullptr) return words + event.robot + "\n";
  words += std::string(NameOf(event.line->what)) + ": ";
  const std::size_t count = event.line->whom.size();
  constexpr std::size_t kMostNamed = 5;
  if (count > kMostNamed) return words + std::to_string(count) + " robots\n";
  for (std::size_t i = 0; i < count; ++i) {
    words += (i > 0 ? ", " : "") + FleetRobotName(event.line->whom[i]);
  }
  return words + "\n";
}

std::string Json(const FleetEvent& event) {
  ordered_json line = {{"at_seconds", Seconds(event.at)}, {"event", NameOf(event.what)}};
  if (event.line == nullptr) {
    line["robot"] = event.robot;
  } else {
    line["trouble"] = NameOf(event.line->what);
    line["robots"] = ordered_json::array();
    for (const std::uint32_t number : event.line->whom) {
      line["robots"].push_back(FleetRobotName(number));
    }
  }
  return line.dump() + "\n";
}

}  // namespace torpor::simulate

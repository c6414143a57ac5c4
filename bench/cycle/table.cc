#include "bench/cycle/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "core/json_hosted.h"

namespace torpor::bench {
namespace {

using nlohmann::json;

// Three digits that say something.
std::string Short(double value) {
  const int decimals = value >= 100 || value == 0 ? 0 : value >= 10 ? 1 : 2;
  std::vector<char> text(32);
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string Words(const Spread& spread) {
  if (spread.count == 0) return "-";
  if (spread.count == 1) return Short(spread.median);
  return Short(spread.median) + " (" + Short(spread.least) + " to " + Short(spread.most) +
         ")";
}

std::string Times(double value, double own) {
  return value > 0 && own > 0 ? Short(value / own) : "-";
}

std::string Row(const ProgramFindings& one, const ProgramFindings& own) {
  const double first = one.pushed_ms ? one.pushed_ms->median : 0;
  const double own_first = own.pushed_ms ? own.pushed_ms->median : 0;
  std::string row = "| " + one.name + (one.here ? "" : ", elsewhere");
  for (const std::string& cell :
       {Words(one.own_clock_ms), Times(one.own_clock_ms.median, own.own_clock_ms.median),
        Words(one.scheduled_ms), Words(one.awake_ms),
        first > 0 ? Words(*one.pushed_ms) : "-", Times(first, own_first),
        Short(one.rss_mb), Times(one.rss_mb, own.rss_mb),
        one.here ? Short(one.pss_mb) : "-", one.here ? std::to_string(one.threads) : "-",
        one.switches_asleep ? std::to_string(*one.switches_asleep) : "-",
        one.here ? std::to_string(one.woken_early) : "-"}) {
    row += " | " + cell;
  }
  return row + " |\n";
}

std::string Programs(const Findings& findings) {
  std::string text =
      "| | CPU a cycle, own clock, ms | times ours | the same, schedstat, ms "
      "| awake a cycle, ms | exec to first push, ms | times ours | resident asleep, MB "
      "| times ours | its share (PSS), MB | threads | most switches in a sleep "
      "| wakings between |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  const ProgramFindings& own = findings.programs.front();
  for (const ProgramFindings& one : findings.programs) text += Row(one, own);
  for (const ProgramFindings& one : MeasuredElsewhere()) text += Row(one, own);
  return text;
}

std::string Starts(const Findings& findings) {
  std::string text =
      "| start | exec to verdict, ms | exec to told, ms | starts | abstained |\n"
      "|---|---|---|---|---|\n";
  for (const StartFindings& one : findings.starts) {
    text += "| " + one.cache + " | " + Words(one.verdict_ms) + " | " +
            Words(one.told_ms) + " | " + std::to_string(one.verdict_ms.count) + " | " +
            std::to_string(one.abstained) + " |\n";
  }
  return text;
}

std::string Gateways(const Findings& findings) {
  std::string text =
      "| gateway | cycles | awake, ms | allowed | report, ms | allowed |\n"
      "|---|---|---|---|---|---|\n";
  for (const GatewayFindings& one : findings.gateways) {
    text += "| " + one.gateway + " | " + std::to_string(one.cycles) + " | " +
            Words(one.awake_ms) + " | " + Short(one.awake_limit_ms) + " | " +
            Words(one.report_ms) + " | " + Short(one.report_limit_ms) + " |\n";
  }
  return text;
}

json Numbers(const Spread& spread) {
  return {{"least", spread.least},
          {"median", spread.median},
          {"most", spread.most},
          {"count", spread.count}};
}

json Numbers(const ProgramFindings& one) {
  json object = {{"name", one.name},
                 {"own_clock_ms", Numbers(one.own_clock_ms)},
                 {"schedstat_ms", Numbers(one.scheduled_ms)},
                 {"awake_ms", Numbers(one.awake_ms)},
                 {"rss_mb", one.rss_mb},
                 {"pss_mb", one.pss_mb},
                 {"threads", one.threads},
                 {"watched_asleep_s", one.slept_s},
                 {"woken_early", one.woken_early},
                 {"written_kb_per_cycle", one.written_kb}};
  if (one.switches_asleep) object["most_switches_in_a_sleep"] = *one.switches_asleep;
  if (one.pushed_ms) object["exec_to_first_push_ms"] = Numbers(*one.pushed_ms);
  return object;
}

}  // namespace

std::string Table(const Findings& findings) {
  const ProgramFindings& own = findings.programs.front();
  std::string text = findings.machine + ", " + findings.kernel + ", " + findings.date +
                     "\n" + std::to_string(own.own_clock_ms.count) +
                     " cycles of warehouse-60s with a period of " +
                     Short(findings.period_s) + " s and windows of " +
                     Short(findings.sample_s) +
                     " s; every option on. Median (least to most).\n\n";
  text += Programs(findings);
  text += "\nAwake by torpord's own clock: " + Words(findings.own_awake_ms) + " ms. " +
          Short(own.slept_s) + " s of sleep were watched, " +
          std::to_string(own.woken_early) + " wakings in between.\n";
  text += "On disk: torpord, network and baseline " + Short(findings.installed_kb) +
          " kB; its state folder after " + std::to_string(findings.state_cycles) +
          " cycles " + Short(findings.state_kb) + " kB; " + Short(own.written_kb) +
          " kB written in a cycle.\n";
  if (!findings.starts.empty()) text += "\n" + Starts(findings);
  if (!findings.gateways.empty()) text += "\n" + Gateways(findings);
  if (findings.backlog) {
    const BacklogFindings& found = *findings.backlog;
    text += "\n" + std::to_string(found.windows) +
            " windows waiting: " + std::to_string(found.inferences) + " inference, " +
            std::to_string(found.dropped) + " dropped and counted, " +
            Short(found.after_ms) + " ms of CPU, where a cycle takes " +
            Short(found.before_ms) + ".\n";
  }
  text += "\n";
  for (const Bar& bar : Bars(findings)) {
    text += std::string(bar.met() ? "met     " : "MISSED  ") + bar.what + ": " +
            Short(bar.found) + " of at most " + Short(bar.most) +
            (bar.unit.empty() ? "" : " ") + bar.unit + "\n";
  }
  return text;
}

std::string Json(const Findings& findings) {
  json all = {{"machine", findings.machine},
              {"kernel", findings.kernel},
              {"date", findings.date},
              {"period_s", findings.period_s},
              {"sample_s", findings.sample_s},
              {"own_awake_ms", Numbers(findings.own_awake_ms)},
              {"installed_kb", findings.installed_kb},
              {"state_kb", findings.state_kb},
              {"state_cycles", findings.state_cycles}};
  for (const ProgramFindings& one : findings.programs) {
    all["programs"].push_back(Numbers(one));
  }
  for (const StartFindings& one : findings.starts) {
    all["starts"].push_back({{"cache", one.cache},
                             {"verdict_ms", Numbers(one.verdict_ms)},
                             {"told_ms", Numbers(one.told_ms)},
                             {"abstained", one.abstained}});
  }
  for (const GatewayFindings& one : findings.gateways) {
    all["gateways"].push_back({{"gateway", one.gateway},
                               {"cycles", one.cycles},
                               {"awake_ms", Numbers(one.awake_ms)},
                               {"awake_limit_ms", one.awake_limit_ms},
                               {"report_ms", Numbers(one.report_ms)},
                               {"report_limit_ms", one.report_limit_ms}});
  }
  if (findings.backlog) {
    const BacklogFindings& found = *findings.backlog;
    all["backlog"] = {{"windows", found.windows},
                      {"inferences", found.inferences},
                      {"dropped", found.dropped},
                      {"cpu_before_ms", found.before_ms},
                      {"cpu_after_ms", found.after_ms}};
  }
  for (const Bar& bar : Bars(findings)) {
    all["bars"].push_back({{"what", bar.what},
                           {"found", bar.found},
                           {"most", bar.most},
                           {"unit", bar.unit},
                           {"met", bar.met()}});
  }
  return all.dump(1) + "\n";
}

}  // namespace torpor::bench

#include "bench/cycle/findings.h"

#include <algorithm>

namespace torpor::bench {

Spread SpreadOf(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {values.front(), median, values.back(), values.size()};
}

std::vector<Bar> Bars(const Findings& findings) {
  std::vector<Bar> bars;
  if (!findings.programs.empty()) {
    const ProgramFindings& own = findings.programs.front();
    bars.push_back({"CPU of a cycle", own.own_clock_ms.median, 2, "ms"});
    bars.push_back({"resident asleep", own.rss_mb, 8, "MB"});
    if (own.switches_asleep) {
      bars.push_back({"context switches in a sleep",
                      static_cast<double>(*own.switches_asleep), 0, ""});
    }
  }
  if (!findings.starts.empty()) {
    bars.push_back(
        {"exec to first verdict", findings.starts.front().verdict_ms.median, 20, "ms"});
  }
  for (const GatewayFindings& one : findings.gateways) {
    bars.push_back({"report to a " + one.gateway + " gateway", one.report_ms.most,
                    one.report_limit_ms, "ms"});
    bars.push_back({"awake with a " + one.gateway + " gateway", one.awake_ms.most,
                    one.awake_limit_ms, "ms"});
  }
  if (findings.backlog) {
    bars.push_back({"inferences of a backlog",
                    static_cast<double>(findings.backlog->inferences), 1, ""});
    bars.push_back({"CPU of a backlog's cycle", findings.backlog->after_ms,
                    // One cycle, from colder caches than any; sixty inferences would be
                    // twenty times as much.
                    2 * findings.backlog->before_ms, "ms"});
  }
  return bars;
}

std::vector<ProgramFindings> MeasuredElsewhere() {
  const auto one = [](const char* name, double cpu_ms, double awake_ms, double first_ms,
                      double rss_mb) {
    ProgramFindings program;
    program.name = name;
    program.here = false;
    program.own_clock_ms = SpreadOf({cpu_ms});
    if (awake_ms > 0) program.awake_ms = SpreadOf({awake_ms});
    if (first_ms > 0) program.pushed_ms = SpreadOf({first_ms});
    program.rss_mb = rss_mb;
    return program;
  };
  return {one("Python agent (torch, prometheus_client)", 8.4, 14, 1000, 252),
          one("Node agent (ONNX Runtime, prom-client)", 17, 16, 270, 93),
          one("bare epoll and timerfd", 0.07, 0, 0, 1.4)};
}

}  // namespace torpor::bench

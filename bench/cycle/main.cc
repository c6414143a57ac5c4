// torpor-bench-cycle: the whole torpord over cycles in real time, beside what else could
// do its job. Run by ./dev bench cycle.
#include <sys/utsname.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "bench/cycle/scenario.h"
#include "bench/cycle/table.h"
#include "core/status_table.h"
#include "simulate/child.h"

namespace torpor::bench {
namespace {

constexpr int kBarMissed = 1;

struct Options {
  Wanted wanted;
  std::filesystem::path json;
  double period_s = 12;
  bool two_seconds = false, judge_nothing = false;
};

std::string Machine() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string model = "unknown processor";
  int processors = 0;
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("processor")) ++processors;
    if (line.starts_with("model name")) model = line.substr(line.find(':') + 2);
  }
  return std::to_string(processors) + " x " + model;
}

std::string Kernel() {
  utsname name{};
  return ::uname(&name) == 0
             ? std::string(name.sysname) + " " + name.release + " " + name.machine
             : "unknown kernel";
}

std::string Today() {
  const time_t now = ::time(nullptr);
  tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc);
  return text.data();
}

void Progress(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

int MeasureAndJudge(Options options) {
  if (options.two_seconds) {
    options.wanted.timeline = TwoSeconds();
  } else {
    options.wanted.timeline.period =
        Milliseconds(static_cast<std::int64_t>(options.period_s * 1000));
  }
  auto found = Measure(options.wanted, Progress);
  if (!found.ok()) {
    std::fprintf(stderr, "torpor-bench-cycle: %s\n", found.refusal().what.c_str());
    return Info(found.status()).exit_code;
  }
  found->machine = Machine();
  found->kernel = Kernel();
  found->date = Today();
  std::fputs(Table(*found).c_str(), stdout);
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << Json(*found);
    if (!file.flush()) {
      std::fprintf(stderr, "torpor-bench-cycle: %s cannot be written\n",
                   options.json.c_str());
      return Info(Status::kIo).exit_code;
    }
  }
  if (options.judge_nothing) return 0;
  const auto bars = Bars(*found);
  return std::ranges::all_of(bars, &Bar::met) ? 0 : kBarMissed;
}

}  // namespace
}  // namespace torpor::bench

int main(int argc, char** argv) {
  using namespace torpor::bench;
  Options options;
  Wanted& wanted = options.wanted;
  wanted.programs = torpor::simulate::ProgramFolder();
  wanted.work = wanted.programs.parent_path() / "bench-cycle";
  CLI::App app(
      "torpord with every option on, over cycles in real time, watched from outside, "
      "beside "
      "peers in the same run. Ends with 1 when a bar is missed.",
      "torpor-bench-cycle");
  app.add_option("--cycles", wanted.cycles, "Cycles of torpord and its peers")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  app.add_option("--period", options.period_s, "Seconds of a cycle, 10.5 at least")
      ->capture_default_str()
      ->check(CLI::Range(10.5, 3600.0));
  app.add_flag("--two-seconds", options.two_seconds,
               "A period of two seconds, of which one is sampled: a quick try");
  app.add_option("--gateway-cycles", wanted.gateway_cycles,
                 "Cycles with each gateway that misbehaves; 0: without")
      ->capture_default_str();
  app.add_option("--windows", wanted.windows,
                 "Windows that wait for a robot that was held up; 0: without")
      ->capture_default_str();
  app.add_option("--warm", wanted.warm_starts, "Starts with the page cache warm")
      ->capture_default_str();
  app.add_option("--cold", wanted.cold_starts, "Starts with the page cache dropped")
      ->capture_default_str();
  app.add_option("--node-agent", wanted.node_agent,
                 "bench/cycle/node_agent.js: the same job by Node.js, as a peer")
      ->needs(app.add_option("--onnxruntime", wanted.onnxruntime,
                             "What tests/fetch-onnxruntime has filled"));
  app.add_option("--work", wanted.work,
                 "Where the robots are made: a folder that is not there, or that an "
                 "earlier run has made")
      ->capture_default_str();
  app.add_option("--json", options.json, "Write the numbers to this file as well");
  app.add_flag("--judge-nothing", options.judge_nothing,
               "End with 0 although a bar is missed");
  CLI11_PARSE(app, argc, argv);
  return MeasureAndJudge(options);
}

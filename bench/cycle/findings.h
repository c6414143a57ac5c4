// What a run has found, as numbers that a table, a file and the bars are made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torpor::bench {

struct Spread {
  double least = 0, median = 0, most = 0;
  std::size_t count = 0;
};
// Of any number of values; all zero of none.
[[nodiscard]] Spread SpreadOf(std::vector<double> values);

// One program over its cycles, whoever it is: all are measured alike.
struct ProgramFindings {
  std::string name;
  bool here = true;  // false: told of another run, and only what is set below
  Spread own_clock_ms, scheduled_ms, awake_ms;
  std::optional<Spread> pushed_ms;  // exec to the first push, page cache warm
  std::optional<std::uint64_t> switches_asleep;  // most in one sleep
  std::uint64_t woken_early = 0;
  double slept_s = 0;  // in which the switches were counted
  double rss_mb = 0, pss_mb = 0;
  std::uint64_t threads = 0;
  double written_kb = 0;  // a cycle, median
};

// From exec on. Each start finds a window ready.
struct StartFindings {
  std::string cache;  // what was done to the page cache
  Spread verdict_ms;  // reached, by torpord's own journal
  Spread told_ms;     // its service manager heard of it, journal and push are done
  std::size_t abstained = 0;
};

struct GatewayFindings {
  std::string gateway;
  std::size_t cycles = 0;
  Spread awake_ms;   // from outside
  Spread report_ms;  // by torpord's own clock
  double report_limit_ms = 0, awake_limit_ms = 0;
};

struct BacklogFindings {
  std::uint64_t windows = 0;   // that the firmware sampled meanwhile
  std::size_t inferences = 0;  // in the cycle that followed, and it alone
  std::uint64_t dropped = 0;   // counted in that cycle
  double before_ms = 0;        // CPU of a cycle, median
  double after_ms = 0;         // of the one that followed
};

struct Findings {
  std::string machine, kernel, date;
  double period_s = 0, sample_s = 0;
  std::vector<ProgramFindings> programs;  // torpord first
  Spread own_awake_ms;                    // torpord's own clock
  std::vector<StartFindings> starts;
  std::vector<GatewayFindings> gateways;
  std::optional<BacklogFindings> backlog;
  double state_kb = 0, installed_kb = 0;  // on disk, allocated
  std::uint64_t state_cycles = 0;         // after so many
};

struct Bar {
  std::string what;
  double found = 0, most = 0;
  std::string unit;
  [[nodiscard]] bool met() const { return found <= most; }
};
// What torpord promises, and what was found of it; only of what was measured.
[[nodiscard]] std::vector<Bar> Bars(const Findings& findings);

// As measured by others on a machine of this class, with a period of 20 s.
[[nodiscard]] std::vector<ProgramFindings> MeasuredElsewhere();

}  // namespace torpor::bench

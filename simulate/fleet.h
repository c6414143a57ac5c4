// A whole fleet in one process, in virtual or in real time, whose robots really push.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/terms.h"
#include "core/status.h"
#include "core/time.h"
#include "simulate/fleet_robot.h"
#include "simulate/fleet_script.h"
#include "telemetry/push.h"

namespace torpor::simulate {

struct FleetPage {
  std::uint32_t number = 0;  // of the robot, from 1 on
  const std::string& robot;  // its name
  std::string_view page;
  Milliseconds deadline{};
};
// Sends one robot's page; called by several threads at once. Empty: nobody pushes, and
// each page counts as taken at once.
using SendFleetPage = std::function<telemetry::PushResult(const FleetPage&)>;

struct FleetOptions {
  std::uint32_t robots = 400;
  std::uint64_t seed = 1;
  Microseconds duration = std::chrono::hours(1);
  // How much faster than real time; 0: as fast as it can, and the robots' clocks then
  // tell the time that they live in. A push takes as long as it takes, and as much of the
  // robot's time; its deadline is not made shorter.
  double pace = 0;
  // What is pushed until then is not in the figures of pushes.
  Microseconds warm_up{};
  // Windows of all robots begin within so much, evenly; a period at most is useful.
  Microseconds spread = std::chrono::seconds(60);
  std::uint32_t senders = 16;  // threads that push
  // Whoever takes the pages adds no time of their arrival, as a Pushgateway does; the
  // robots then tell theirs.
  bool tells_push_time = false;
  std::vector<Scripted> script;
  std::string contract_id;
};

// Pages that a robot tried to push in a row, and that nobody took, until it is told of.
inline constexpr std::uint64_t kUnheardAfter = 4;

// A line of the script that begins or ends, or a robot that begins an episode, refuses to
// work, or is not heard though it tries.
struct FleetEvent {
  enum class What : std::uint8_t { kBegins, kEnds, kAlarm, kRefuses, kUnheard };
  What what{};
  Instant at{};
  const Scripted* line = nullptr;  // kBegins and kEnds
  std::string robot;               // the others
};
using OnFleetEvent = std::function<void(const FleetEvent&)>;
// How far it is; called from time to time.
using OnFleetProgress = std::function<void(Microseconds done)>;

// One cycle of one robot, from its waking on; told when the robot wakes, for in virtual
// time all that it does until its report is known then.
struct FleetCycle {
  std::uint32_t number = 0;  // of the robot, from 1 on
  const std::string& robot;  // its name
  Instant at{};              // of its waking
  Instant reports{};         // when it begins to report
  Instant wakes_again{};     // as it means to
  const telemetry::CycleRecord& record;
  bool in_breach = false;  // of whatever clause
};
using OnFleetCycle = std::function<void(const FleetCycle&)>;
// What has become of a page that a robot tried to push at `at`.
using OnFleetReport =
    std::function<void(std::uint32_t number, Instant at, Status became)>;
// Called before anything happens, with the time of it in the fleet and, at a pace, in the
// world; it may stay until then. False ends the life of the fleet there and then. Pushes
// that are under way end meanwhile, and are heard of behind it.
using FleetPause =
    std::function<bool(Instant at, std::chrono::steady_clock::time_point until)>;

// Who is told what of a fleet, all on the thread that runs it; any may be empty.
struct FleetWatcher {
  OnFleetEvent on_event{};
  OnFleetProgress on_progress{};
  OnFleetCycle on_cycle{};
  OnFleetReport on_report{};
  FleetPause pause{};
};

// Of times in milliseconds.
struct Quantiles {
  double p50 = 0, p95 = 0, p99 = 0, most = 0;
};

struct FleetFigures {
  FleetLife life;  // of all robots; the least and the most of any
  std::uint64_t pushes = 0, bytes = 0;
  std::uint64_t most_in_a_row = 0;         // of one robot that were not taken
  std::map<Status, std::uint64_t> pushed;  // by what has come of it
  Quantiles took, late;  // of pushes that were tried in earnest; `late` from when each
                         // was due to when it had ended
  std::string refused;   // why the last page was rejected, in the gateway's words
  double seconds = 0;    // that it ran, of real time
};

// Runs until `duration`, or until its watcher's pause ends it, with the pushes that are
// under way then. The same options without a sender give the same figures but `seconds`.
[[nodiscard]] FleetFigures RunFleet(const contract::Terms& terms,
                                    const FleetOptions& options,
                                    const SendFleetPage& send,
                                    const FleetWatcher& watcher = {});

// For people and for programs (fleet_words.cc).
[[nodiscard]] std::string InWords(const FleetFigures& figures,
                                  const FleetOptions& options);
[[nodiscard]] std::string Json(const FleetFigures& figures, const FleetOptions& options);
[[nodiscard]] std::string InWords(const FleetEvent& event);
[[nodiscard]] std::string Json(const FleetEvent& event);

}  // namespace torpor::simulate

// What the replayed night takes for granted, each with its unit, its source and the range
// in which it makes sense. Nothing else that a person may doubt is a number in simulate/
// replay_*: durations and limits of torpor itself are the contract's.
//
// A replay is arithmetic in virtual time (docs/replay.md). It is not simulate/incident.h,
// which plays one fault on the real programs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/time.h"
#include "core/units.h"
#include "simulate/refusal.h"

namespace torpor::simulate {

struct ReplayAssumptions {
  // The computer's power: what it takes asleep, and what each state adds to that.
  double asleep_watts = 3.31;
  double awake_adds_watts = 1.51;
  double core_adds_watts = 1.30;
  double resident_adds_watts = 2.44;
  double gpu_work_adds_watts = 3.22;
  // The rest of the robot, and its battery.
  double rest_of_robot_watts = 20;
  double reserve_percent = 20;
  // What takes how long.
  double gpu_tail_seconds = 0.5;
  double session_seconds = 0.25;
  double inference_seconds = 0.092;
  double stray_work_seconds = 3.5;
  double old_link_baud = 230'400;
  double old_link_acks_seconds = 0.16;
  double ask_seconds = 0.5;
  // What happened in that night.
  double hiccups_per_hour = 12;
  double hiccup_seconds = 30;
  double buffered_frame_seconds = 5;
  double configurations_apart_seconds = 40;
  // Who is told, and when.
  double breaches_to_page = 2;
  double scrape_seconds = 15;
  double evaluation_seconds = 15;
  double group_wait_seconds = 10;

  friend bool operator==(const ReplayAssumptions&, const ReplayAssumptions&) = default;
};

// Where a value comes from.
enum class Basis : std::uint8_t {
  kTold,    // the story says so
  kSource,  // published or measured, by somebody who is named
  kSum,     // follows by arithmetic from other sources
  kRule,    // read off a file that torpor ships; a test compares
  kFitted,  // chosen so that the story comes out; `source` says why nothing better is
            // known
};
std::string_view Word(Basis basis);

struct Assumption {
  std::string_view name, unit;
  double ReplayAssumptions::*value;
  double least, most;
  Basis basis;
  std::string_view source;
};

// All of them, in the order of ReplayAssumptions.
std::span<const Assumption> Assumptions();
const Assumption* FindAssumption(std::string_view name);  // null when there is none

// Changes one: "hiccups-per-hour=0".
//   kUsage  no such name, no number, or out of its range; what() says which range
Attempt<ReplayAssumptions> Assume(const ReplayAssumptions& before,
                                  std::string_view name_and_value);

// Tables for people: what is assumed, or the same for programs.
std::string AssumptionTable(const ReplayAssumptions& values);

inline Microseconds SecondsToTime(double seconds) {
  return Microseconds(static_cast<std::int64_t>(seconds * 1e6));
}
inline Microwatts WattsToPower(double watts) {
  return {static_cast<std::int64_t>(watts * 1e6)};
}

}  // namespace torpor::simulate

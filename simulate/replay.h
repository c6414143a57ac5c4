// The night that torpor comes from, replayed for a whole fleet in virtual time: as it
// was, as it was meant to be, and under torpor. docs/replay.md says what follows from
// what.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "simulate/replay_assumptions.h"
#include "simulate/replay_robot.h"

namespace torpor::simulate {

// The same robots, hiccups and battery, told in five ways.
enum class Telling : std::uint8_t {
  kOnPaper,  // the old programs without their faults
  kAsItWas,  // with them
  kTorpor,
  kSessionHeld,   // torpor, and a process that it cannot end holds the GPU from the start
  kTwoContracts,  // torpor, and the firmware holds another contract
};
inline constexpr std::array<std::string_view, 5> kTellings = {
    "on paper", "as it was", "torpor", "session held", "two contracts"};

// One of the old programs' faults without the others.
inline constexpr std::array<std::string_view, 3> kFaultNames = {
    "the buffer alone", "the session alone", "the configurations alone"};

struct ReplayOptions {
  std::uint64_t robots = 400;
  Microseconds shift = std::chrono::hours(8);
  std::uint64_t seed = 1;
  ReplayAssumptions assumptions;
};

// What became of a fleet. Means are over robots and the whole shift.
struct FleetReplay {
  double inferences = 0;                        // mean
  std::optional<Microseconds> median_gap;       // between inferences of one robot
  std::optional<Microseconds> gap_95;           // 95 of 100 are not longer
  double awake_share = 0, resident_share = 0;   // of the time
  double computer_watts = 0, robot_joules = 0;  // mean
  double battery_left = 0;  // mean share at the end of the shift; 0 from a flat one
  std::uint64_t flat = 0;   // robots that do not reach it
  std::optional<Microseconds> flat_after;                        // median of those
  Microseconds oldest_inferred{};                                // of all
  std::uint64_t most_waiting = 0;                                // batches, of all robots
  std::uint64_t dropped = 0, stale = 0, late = 0, breaches = 0;  // sums
  double most_modelled_joules = 0;  // of any cycle, by the contract's power model
  std::optional<Page> first_page;   // nothing from robots that tell nobody

  // For pictures, where they were asked for: robot 0, and what is left in the batteries
  // after each minute, as the tenth, the middle and the ninetieth of a hundred robots.
  std::optional<RobotReplay> shown;
  std::vector<std::array<double, 3>> battery;
};

struct Replay {
  ReplayOptions options;
  double battery_joules = 0;  // a planned shift and the reserve
  std::array<FleetReplay, kTellings.size()> tellings;
  std::array<FleetReplay, kFaultNames.size()> alone;

  [[nodiscard]] const FleetReplay& of(Telling telling) const {
    return tellings[static_cast<std::size_t>(telling)];
  }
  // How much more energy a robot took than on paper: 0.3 for 30 %.
  [[nodiscard]] double More(const FleetReplay& fleet) const {
    return fleet.robot_joules / of(Telling::kOnPaper).robot_joules - 1;
  }
};

// `terms` is the contract that torpor keeps and whose period and durations the old
// programs were meant to have.
Replay ReplayNight(const contract::Terms& terms, const ReplayOptions& options);

// What the story reports, and whether a replay agrees: the bounds say what "about" means.
struct ToldFigure {
  std::string_view name, told;
  double replayed = 0, least = 0, most = 0;
  [[nodiscard]] bool agrees() const { return replayed >= least && replayed <= most; }
};
inline constexpr std::size_t kToldFigures = 5;
std::array<ToldFigure, kToldFigures> ToldFigures(const Replay& replay);

// A replay with one assumption a quarter smaller or larger, or as far as it may be.
struct MovedReplay {
  const Assumption* assumption = nullptr;
  double value = 0;
  std::array<ToldFigure, kToldFigures> figures;
  // Until somebody is paged: Telling::kSessionHeld, Telling::kTwoContracts.
  std::array<std::optional<double>, 2> paged_minutes;
};
inline constexpr double kMove = 0.25;
inline constexpr std::uint64_t kMovedRobots = 100;  // at most, of the same seed

// Two for each assumption: smaller, larger.
std::vector<MovedReplay> MoveEach(const contract::Terms& terms,
                                  const ReplayOptions& options);

// For people (replay_words.cc) and for programs.
std::string InWords(const Replay& replay);
std::string InWords(const std::vector<MovedReplay>& moved);
std::string Json(const Replay& replay, const std::vector<MovedReplay>& moved);

// As a picture of its own: one robot's GPU and inferences, the fleet's batteries; SVG.
std::string DrawReplay(const Replay& replay);

}  // namespace torpor::simulate

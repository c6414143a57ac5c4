// The roster of a site: which robots should be there. Whoever deploys robots keeps it as
// a file and pushes it beside the robots' own pages, since a robot that never speaks
// cannot say that it is missing. docs/roster.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torpor::telemetry {

enum class RosterState : std::uint8_t {
  kActive,   // is to report
  kParked,   // may be silent, and comes back
  kRetired,  // is gone for good: its group may be deleted
};
inline constexpr std::size_t kRosterStates = 3;
[[nodiscard]] std::string_view NameOf(RosterState state);

struct RosterRobot {
  std::string id;
  RosterState state{};
  friend bool operator==(const RosterRobot&, const RosterRobot&) = default;
};

struct RosterProblem {
  std::size_t line = 0, column = 0;  // from 1 on
  std::string what;                  // may quote anything that the line held
};

// More robots than one gateway bears, and a file that holds them with a comment each.
inline constexpr std::size_t kMostOnRoster = 10'000;
inline constexpr std::size_t kLongestRoster = std::size_t{2} << 20;

struct Roster {
  static constexpr std::size_t kMostProblems = 20;

  std::vector<RosterRobot> robots;      // as they are in the file
  std::vector<RosterProblem> problems;  // the first ones, in the order of the file
  std::size_t more_problems = 0;        // that are not among them

  [[nodiscard]] bool ok() const { return problems.empty(); }
  [[nodiscard]] std::size_t Count(RosterState state) const;
};

// Reads lines "ROBOT STATE", each ended by a line feed, with comments from a # on. Where
// there is any problem the robots are no roster: a wrong id, a wrong state, a robot that
// is there twice, too many, none at all, or a last line that ends in the middle, as where
// the program that wrote it was stopped.
[[nodiscard]] Roster ReadRoster(std::string_view text);

// A series for each robot, in the text format 0.0.4.
[[nodiscard]] std::string RosterPage(std::span<const RosterRobot> robots);

}  // namespace torpor::telemetry

#include "telemetry/roster.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include "telemetry/gateway_address.h"

namespace torpor::telemetry {
namespace {

constexpr std::array<std::string_view, kRosterStates> kNames = {"active", "parked",
                                                                "retired"};

std::optional<RosterState> StateOf(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<RosterState>(found - kNames.begin());
}

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

std::string Quoted(std::string_view word) { return "'" + std::string(word) + "'"; }

class Reader {
 public:
  Roster Read(std::string_view text) && {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) {
        Complain(text.size() + 1, "the file ends in the middle of a line");
        break;
      }
      ReadLine(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    line_ = std::max(line_, std::size_t{1});
    if (roster_.robots.empty() && roster_.ok()) Complain(1, "there is no robot in it");
    return std::move(roster_);
  }

 private:
  struct Word {
    std::string_view text;
    std::size_t column;
  };

  void Complain(std::size_t column, std::string what) {
    if (roster_.problems.size() < Roster::kMostProblems) {
      roster_.problems.push_back({line_, column, std::move(what)});
    } else {
      ++roster_.more_problems;
    }
  }

  // The next word from `at` on, which moves behind it; empty at the end of the line.
  static Word Next(std::string_view line, std::size_t& at) {
    while (at < line.size() && IsSpace(line[at])) ++at;
    const std::size_t begin = at;
    while (at < line.size() && !IsSpace(line[at])) ++at;
    return {line.substr(begin, at - begin), begin + 1};
  }

  void ReadLine(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const auto odd = std::ranges::find_if(
        line, [](char c) { return (c < ' ' || c > '~') && c != '\t'; });
    if (odd != line.end()) {
      const auto column = static_cast<std::size_t>(odd - line.begin()) + 1;
      return Complain(column, *odd == '\r'
                                  ? "a carriage return: lines end with a line feed alone"
                                  : "a character that is not printable ASCII");
    }
    std::size_t at = 0;
    const Word id = Next(line, at), state = Next(line, at), more = Next(line, at);
    if (id.text.empty()) return;
    if (!IsRobotId(id.text)) {
      return Complain(id.column, Quoted(id.text) +
                                     " is no robot's id: 1 to 64 of A-Z a-z 0-9 . _ : -");
    }
    const auto known = StateOf(state.text);
    if (state.text.empty()) {
      return Complain(state.column, Quoted(id.text) + " has no state" + kStates);
    }
    if (!known)
      return Complain(state.column, Quoted(state.text) + " is no state" + kStates);
    if (!more.text.empty()) {
      return Complain(more.column,
                      Quoted(more.text) + " is more than a robot and its state");
    }
    Add({std::string(id.text), *known}, id.column);
  }

  void Add(RosterRobot robot, std::size_t column) {
    const auto [before, added] = lines_.emplace(robot.id, line_);
    if (!added) {
      return Complain(column, Quoted(robot.id) + " is in line " +
                                  std::to_string(before->second) + " already");
    }
    if (roster_.robots.size() == kMostOnRoster) {
      return Complain(column,
                      "these are more than " + std::to_string(kMostOnRoster) + " robots");
    }
    roster_.robots.push_back(std::move(robot));
  }

  static constexpr const char* kStates = ": active, parked or retired";

  Roster roster_;
  std::size_t line_ = 0;
  std::unordered_map<std::string, std::size_t> lines_;  // in which each robot is
};

}  // namespace

std::string_view NameOf(RosterState state) {
  return kNames[static_cast<std::size_t>(state)];
}

std::size_t Roster::Count(RosterState state) const {
  return static_cast<std::size_t>(std::ranges::count(robots, state, &RosterRobot::state));
}

Roster ReadRoster(std::string_view text) { return Reader().Read(text); }

std::string RosterPage(std::span<const RosterRobot> robots) {
  std::string page =
      "# HELP torpor_roster_info A robot that this site knows of, and what is expected "
      "of "
      "it.\n# TYPE torpor_roster_info gauge\n";
  for (const RosterRobot& robot : robots) {
    page.append("torpor_roster_info{instance=\"").append(robot.id);
    page.append("\",state=\"").append(NameOf(robot.state)).append("\"} 1\n");
  }
  return page;
}

}  // namespace torpor::telemetry

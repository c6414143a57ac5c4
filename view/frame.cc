#include "view/frame.h"

#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace torpor::view {
namespace {

using Row = std::pair<const char*, const char*>;

constexpr std::array kRobotHelp = {
    Row{"q", "quit"},
    Row{"up, down", "one cycle older, newer"},
    Row{"PgUp, PgDn", "ten cycles older, newer"},
    Row{"Home, End", "the oldest that was read, the newest"},
    Row{"?", "this text, and away with it"},
    Row{"", ""},
    Row{"now", "what it should be doing by its last report; nobody asks it"},
    Row{"slept", "to scale: z asleep, w wake, c collect, i infer, l release,"},
    Row{"", "j judge, r report; \"awake\" is the same without the sleep"},
    Row{"|", "in a bar: the limit; what is beyond it broke the contract,"},
    Row{"", "and of a score is an anomaly"},
    Row{"?", "in a history: not known. Nothing unknown is shown as 0"},
};
constexpr std::array kFleetHelp = {
    Row{"q", "quit, and end the simulation"},
    Row{"up, down", "scroll by a robot"},
    Row{"PgUp, PgDn", "scroll by a page"},
    Row{"Home, End", "the worst, the best"},
    Row{"?", "this text, and away with it"},
    Row{"", ""},
    Row{"order", "refuses, silent, alarm, in breach, deviates, well; then by name"},
    Row{"SILENT", "not heard since it promised to report"},
    Row{"apart", "from one inference to the next"},
    Row{"age", "of the batch, from the end of capture"},
    Row{"J/cycle", "by the contract's power model, and its share of the budget"},
    Row{"?", "not known. Nothing unknown is shown as 0"},
};

}  // namespace

Line KeysOf(Subject subject) {
  Line keys;
  keys.Add("q", Tone::kHead).Add(" quit  ");
  keys.Add("up down PgUp PgDn", Tone::kHead);
  keys.Add(subject == Subject::kRobot ? " cycles  " : " robots  ");
  keys.Add("?", Tone::kHead).Add(" help");
  return keys;
}

std::vector<Line> HelpLines(Subject subject, const Look& look) {
  const auto rows = subject == Subject::kRobot ? std::span<const Row>(kRobotHelp)
                                               : std::span<const Row>(kFleetHelp);
  std::vector<Line> lines;
  lines.emplace_back().Add("torpor top: keys and words", Tone::kHead);
  lines.emplace_back();
  for (const auto& [key, means] : rows) {
    Line& line = lines.emplace_back();
    if (std::string_view(means).empty()) continue;
    line.Add("  ").Add(key, Tone::kHead).To(14).Add(means);
  }
  return Fitted(std::move(lines), KeysOf(subject), look);
}

std::vector<Line> Fitted(std::vector<Line> lines, const Line& keys, const Look& look) {
  if (look.rows > 0) {
    const std::size_t room = look.rows - 1;
    for (std::size_t i = lines.size(); i-- > 0 && lines.size() > room;) {
      if (lines[i].spans.empty()) {
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    lines.resize(room);
    lines.push_back(keys);
  }
  for (Line& line : lines) line = Fit(line, look.columns);
  return lines;
}

}  // namespace torpor::view

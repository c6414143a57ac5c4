#include "view/fleet_view.h"

#include <algorithm>
#include <set>

#include "core/json_hosted.h"
#include "core/status_table.h"
#include "view/cycle_words.h"
#include "view/frame.h"

namespace torpor::view {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kHeadRows = 4;  // with the table's own
constexpr std::size_t kMostWorst = 10;

// Where the first columns begin; of those behind them, the names, right-aligned.
constexpr std::size_t kState = 10, kApart = 28;
struct Column {
  const char* name;
  std::size_t wide;
};
constexpr std::array kColumns = {Column{"apart", 7},   Column{"age", 8},
                                 Column{"J/cycle", 9}, Column{"budget", 8},
                                 Column{"score", 7},   Column{"heard", 7}};

std::string RightOf(const std::string& text, std::size_t wide) {
  return std::string(wide > text.size() ? wide - text.size() : 1, ' ') + text;
}

// "26 s", "4 min", "3 h": as much as a narrow column has room for.
std::string Ago(Microseconds time) {
  const long long s = time.count() / 1'000'000;
  if (s < 120) return Print("%lld s", s);
  return s < 7200 ? Print("%lld min", s / 60) : Print("%lld h", s / 3600);
}

Tone ToneOf(Plight plight) {
  switch (plight) {
    case Plight::kRefuses:
    case Plight::kSilent:
    case Plight::kAlarm:
    case Plight::kInBreach:
      return Tone::kBad;
    case Plight::kDeviates:
      return Tone::kOdd;
    case Plight::kWell:
    case Plight::kNotYet:
      break;
  }
  return Tone::kPlain;
}

std::string_view NameOf(Plight plight) {
  constexpr std::array<std::string_view, kPlights> kNames = {
      "refuses", "silent", "alarm", "in-breach", "deviates", "well", "not-heard-yet"};
  return kNames[static_cast<std::size_t>(plight)];
}

std::string_view NameOf(RobotStep step) {
  constexpr std::array<std::string_view, 6> kNames = {
      "unknown", "collecting", "inferring", "judging", "reporting", "asleep"};
  return kNames[static_cast<std::size_t>(step)];
}

std::size_t EventRows(const Look& look) {
  if (look.rows == 0) return 10;
  return look.rows < 12 ? 0 : std::min<std::size_t>(look.rows / 4, 8);
}

double BudgetOf(const contract::Terms& terms) {
  return static_cast<double>(terms.cycle_budget.value) / 1e6;
}

std::string DeviationsOf(const FleetRow& row) {
  if (!row.last) return "";
  std::set<std::string_view> names;
  for (const auto& deviation : row.last->deviations) {
    names.insert(Info(deviation.what).name);
  }
  std::string words;
  for (const std::string_view name : names) {
    words += (words.empty() ? "" : " ") + std::string(name);
  }
  return words;
}

std::string ClockOf(Instant at) {
  const long long s = SinceBootMicroseconds(at) / 1'000'000;
  return Print("%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

Line RowOf(const FleetRow& row, const contract::Terms& terms) {
  Line line;
  line.Add(FitText(Safe(row.robot), kState - 1)).To(kState);
  line.Add(StateOf(row), ToneOf(row.plight)).To(kApart);
  const Column* column = kColumns.data();
  const auto cell = [&](const std::string& text, Tone tone = Tone::kPlain) {
    line.Add(RightOf(text, (column++)->wide), tone);
  };
  const bool known = row.last.has_value();
  const auto interval = known ? IntervalOf(*row.last) : std::nullopt;
  cell(interval ? Print("%.1f s", *interval) : "?");
  cell(known && row.last->batch_sequence > 0 ? InWords(row.last->batch_age) : "?");
  const auto joules = known ? JoulesOf(*row.last) : std::nullopt;
  const bool over = joules && OverBudget(*row.last, &terms);
  cell(joules ? Print("%.1f", *joules) : "?");
  cell(
      joules ? Print("%.0f %%%s", 100 * *joules / BudgetOf(terms), over ? "!" : "") : "?",
      over ? Tone::kBad : Tone::kPlain);
  const auto score = known ? ScoreOf(*row.last) : std::nullopt;
  cell(score ? Print("%.2f", *score) : "?",
       score && *score >= 1 ? Tone::kBad : Tone::kPlain);
  cell(row.heard ? Ago(*row.heard) : "?");
  line.Add("  ").Add(DeviationsOf(row), Tone::kOdd);
  return line;
}

Line Head() {
  Line line;
  line.Add("robot").To(kState).Add("state").To(kApart);
  for (const auto& [name, wide] : kColumns) line.Add(RightOf(name, wide));
  line.Add("  deviations");
  for (Span& span : line.spans) span.tone = Tone::kHead;
  return line;
}

void AddCount(Line& line, std::size_t count, const char* what, Tone tone) {
  line.Add(Print("%zu", count), count > 0 ? tone : Tone::kPlain);
  line.Add(Print(" %s  ", what), count > 0 ? tone : Tone::kQuiet);
}

}  // namespace

std::string StateOf(const FleetRow& row) {
  std::string step(NameOf(row.step));
  switch (row.plight) {
    case Plight::kRefuses:
      return "REFUSES TO WORK";
    case Plight::kSilent:
      return "SILENT";
    case Plight::kAlarm:
      return "ALARM, " + step;
    case Plight::kInBreach:
      return "BREACH, " + step;
    case Plight::kDeviates:
    case Plight::kWell:
      return step;
    case Plight::kNotYet:
      return "not heard yet";
  }
  return step;
}

std::size_t FleetPage(const Look& look) {
  if (look.rows == 0) return kMostUnbounded;
  const std::size_t events = EventRows(look);
  const std::size_t taken = kHeadRows + 1 + (events > 0 ? events + 1 : 0);
  return look.rows > taken ? look.rows - taken : 1;
}

std::vector<Line> FleetLines(const FleetPicture& picture,
                             const std::deque<FleetBoard::Event>& events,
                             const FleetShow& show, const Look& look) {
  if (show.help) return HelpLines(Subject::kFleet, look);
  const FleetCounts& counts = picture.counts;
  std::vector<Line> lines;
  lines.emplace_back()
      .Add(Print("a simulated fleet of %zu", counts.robots), Tone::kHead)
      .Add("  " + ClockOf(picture.at))
      .Add(" of " + ClockOf(Instant(show.options.duration)), Tone::kQuiet)
      .Add(show.over                ? ", over"
           : show.options.pace == 0 ? ", as fast as it can"
           : show.options.pace == 1 ? ", in real time"
                                    : Print(", %g times real time", show.options.pace),
           show.over ? Tone::kOdd : Tone::kQuiet)
      .Add("  period " + InWords(Microseconds(show.terms.period)) + ", budget " +
               Joules(BudgetOf(show.terms)) + ", modelled",
           Tone::kQuiet);
  Line& tally = lines.emplace_back();
  AddCount(tally, counts.asleep, "asleep", Tone::kGood);
  tally.Add(Print("%zu awake (%zu inferring)  ", counts.awake, counts.inferring));
  AddCount(tally, counts.Of(Plight::kRefuses), "REFUSE", Tone::kBad);
  AddCount(tally, counts.Of(Plight::kSilent), "SILENT", Tone::kBad);
  AddCount(tally, counts.alarms, "ALARM", Tone::kBad);
  AddCount(tally, counts.in_breach, "IN BREACH", Tone::kBad);
  if (counts.Of(Plight::kNotYet) > 0) {
    AddCount(tally, counts.Of(Plight::kNotYet), "not heard yet", Tone::kOdd);
  }
  lines.emplace_back();
  lines.push_back(Head());

  const std::size_t page = FleetPage(look), size = picture.rows.size();
  const std::size_t from = std::min(show.from, size > page ? size - page : 0);
  const std::size_t to = std::min(from + page, size);
  for (std::size_t i = from; i < to; ++i) {
    lines.push_back(RowOf(picture.rows[i], show.terms));
  }
  if (EventRows(look) == 0)
    return Fitted(std::move(lines), KeysOf(Subject::kFleet), look);

  Line& told = lines.emplace_back();
  told.Add("EVENTS", Tone::kHead)
      .Add(Print("  newest first; above: robots %zu to %zu of %zu",
                 size > 0 ? from + 1 : 0, to, size),
           Tone::kQuiet);
  if (events.empty()) lines.emplace_back().Add("none yet", Tone::kQuiet);
  const std::size_t most = EventRows(look);
  for (std::size_t i = 0; i < std::min(most, events.size()); ++i) {
    const FleetBoard::Event& event = events[events.size() - 1 - i];
    lines.emplace_back().Add(event.words, event.bad ? Tone::kBad : Tone::kOdd);
  }
  return Fitted(std::move(lines), KeysOf(Subject::kFleet), look);
}

std::string PlainLine(const FleetPicture& picture) {
  const FleetCounts& counts = picture.counts;
  std::string line = ClockOf(picture.at) +
                     Print(
                         "  %zu robots: %zu asleep, %zu awake, %zu refuse, %zu silent, "
                         "%zu alarm, %zu in breach, %zu not heard yet",
                         counts.robots, counts.asleep, counts.awake,
                         counts.Of(Plight::kRefuses), counts.Of(Plight::kSilent),
                         counts.alarms, counts.in_breach, counts.Of(Plight::kNotYet));
  if (!picture.rows.empty() && picture.rows.front().plight <= Plight::kDeviates) {
    const FleetRow& worst = picture.rows.front();
    const std::string deviations = DeviationsOf(worst);
    line += "; worst: " + Safe(worst.robot) + " " + StateOf(worst);
    if (!deviations.empty()) line += " (" + deviations + ")";
  }
  return line;
}

std::string JsonLine(const FleetPicture& picture, const contract::Terms& terms) {
  const FleetCounts& counts = picture.counts;
  ordered_json worst = ordered_json::array(), plights;
  for (std::size_t i = 0; i < kPlights; ++i) {
    plights[std::string(NameOf(static_cast<Plight>(i)))] = counts.of[i];
  }
  const auto number = [](const std::optional<double>& value) {
    return value ? ordered_json(*value) : ordered_json();
  };
  for (const FleetRow& row : picture.rows) {
    if (worst.size() == kMostWorst || row.plight > Plight::kDeviates) break;
    ordered_json deviations = ordered_json::array();
    if (row.last) {
      for (const auto& one : row.last->deviations)
        deviations.push_back(Info(one.what).name);
    }
    ordered_json heard;
    if (row.heard) heard = static_cast<double>(row.heard->count()) / 1e6;
    worst.push_back(
        {{"robot", Safe(row.robot)},
         {"plight", NameOf(row.plight)},
         {"doing", NameOf(row.step)},
         {"between_seconds", number(row.last ? IntervalOf(*row.last) : std::nullopt)},
         {"joules", number(row.last ? JoulesOf(*row.last) : std::nullopt)},
         {"score", number(row.last ? ScoreOf(*row.last) : std::nullopt)},
         {"heard_seconds_ago", heard},
         {"deviations", deviations}});
  }
  const ordered_json all = {
      {"event", "fleet"},
      {"at_seconds", static_cast<double>(SinceBootMicroseconds(picture.at)) / 1e6},
      {"robots", counts.robots},
      {"asleep", counts.asleep},
      {"awake", counts.awake},
      {"inferring", counts.inferring},
      {"in_breach", counts.in_breach},
      {"alarms", counts.alarms},
      {"cycles", counts.cycles},
      {"budget_joules", BudgetOf(terms)},
      {"energy_from", "modelled"},
      {"plights", plights},
      {"worst", worst}};
  return all.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace torpor::view

// A replay in words: tables for people, one object for programs.
#include <array>
#include <cstdio>
#include <functional>

#include "core/json_hosted.h"
#include "simulate/replay.h"

namespace torpor::simulate {
namespace {

using nlohmann::ordered_json;

constexpr const char* kNothing = "-";

double Seconds(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }
double Minutes(Instant at) { return Seconds(at.time_since_epoch()) / 60; }

std::string Fixed(double value, int decimals) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string Age(Microseconds age) {
  const double seconds = Seconds(age);
  return seconds < 120 ? Fixed(seconds, 1) + " s" : Fixed(seconds / 60, 0) + " min";
}

bool TellsNobody(Telling telling) {
  return telling == Telling::kOnPaper || telling == Telling::kAsItWas;
}

// Minutes until somebody hears of it, and why.
std::string Paged(const Replay& replay, Telling telling) {
  const FleetReplay& fleet = replay.of(telling);
  if (TellsNobody(telling)) {
    return fleet.flat > 0 ? Fixed(Seconds(replay.options.shift) / 60, 0) : kNothing;
  }
  return fleet.first_page ? Fixed(Minutes(fleet.first_page->at), 1) : kNothing;
}

std::string PagedBy(const Replay& replay, Telling telling) {
  const FleetReplay& fleet = replay.of(telling);
  if (TellsNobody(telling)) return fleet.flat > 0 ? "morning round" : kNothing;
  if (!fleet.first_page) return kNothing;
  switch (fleet.first_page->rule) {
    case Page::Rule::kBreach:
      return "breaches";
    case Page::Rule::kRefused:
      return "refusals";
  }
  return kNothing;
}

using Cell = std::function<std::string(const FleetReplay&)>;

struct Row {
  const char* head;
  Cell cell;
};

std::string Count(std::uint64_t count) { return std::to_string(count); }
std::string Percent(double share) { return Fixed(100 * share, 1); }
std::string Seconds1(const std::optional<Microseconds>& time) {
  return time ? Fixed(Seconds(*time), 1) : kNothing;
}

std::vector<Row> Rows(const Replay& replay) {
  return {
      {"inferences, each robot", [](const auto& f) { return Fixed(f.inferences, 0); }},
      {"seconds between them, median",
       [](const auto& f) { return Seconds1(f.median_gap); }},
      {"  95 of 100 are not over", [](const auto& f) { return Seconds1(f.gap_95); }},
      {"oldest data inferred",
       [](const auto& f) {
         return f.inferences > 0 ? Age(f.oldest_inferred) : std::string(kNothing);
       }},
      {"most batches waiting", [](const auto& f) { return Count(f.most_waiting); }},
      {"computer awake, % of the time",
       [](const auto& f) { return Percent(f.awake_share); }},
      {"accelerator resident, %",
       [](const auto& f) { return Percent(f.resident_share); }},
      {"computer, mean W", [](const auto& f) { return Fixed(f.computer_watts, 2); }},
      {"robot, Wh a shift",
       [](const auto& f) { return Fixed(f.robot_joules / 3600, 1); }},
      {"  more than on paper, %",
       [&replay](const auto& f) { return Fixed(100 * replay.More(f), 1); }},
      {"battery left, %", [](const auto& f) { return Percent(f.battery_left); }},
      {"robots with a flat one", [](const auto& f) { return Count(f.flat); }},
      {"  flat after, h",
       [](const auto& f) {
         return f.flat_after ? Fixed(Seconds(*f.flat_after) / 3600, 1)
                             : std::string(kNothing);
       }},
      {"cycles in breach, all robots",
       [](const auto& f) {
         return f.most_modelled_joules > 0 ? Count(f.breaches) : std::string(kNothing);
       }},
      {"most J a cycle, by its contract",
       [](const auto& f) {
         return f.most_modelled_joules > 0 ? Fixed(f.most_modelled_joules, 1)
                                           : std::string(kNothing);
       }},
  };
}

constexpr std::size_t kHead = 33, kColumn = 15;

std::string Right(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 1, ' ') + text;
}

std::string Line(const std::string& head, const std::vector<std::string>& cells) {
  std::string line = "  " + head;
  line.resize(kHead + 2, ' ');
  for (const std::string& cell : cells) line += Right(cell, kColumn);
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

std::string Tellings(const Replay& replay) {
  std::vector<std::string> heads(kTellings.begin(), kTellings.end());
  std::string out = Line("", heads);
  for (const Row& row : Rows(replay)) {
    std::vector<std::string> cells;
    for (const FleetReplay& fleet : replay.tellings) cells.push_back(row.cell(fleet));
    out += Line(row.head, cells);
  }
  std::vector<std::string> when, why;
  for (std::size_t i = 0; i < kTellings.size(); ++i) {
    when.push_back(Paged(replay, static_cast<Telling>(i)));
    why.push_back(PagedBy(replay, static_cast<Telling>(i)));
  }
  return out + Line("minutes until somebody is paged", when) + Line("  by", why);
}

std::string Compared(const Replay& replay) {
  std::string out = Line("", {"the story", "this replay"});
  for (const ToldFigure& figure : ToldFigures(replay)) {
    out += Line(std::string(figure.name) + (figure.agrees() ? "" : " !"),
                {std::string(figure.told), Fixed(figure.replayed, 1)});
  }
  return out;
}

std::string Alone(const Replay& replay) {
  std::string out =
      Line("", {"inferences", "s between", "resident %", "computer W", "more energy %"});
  const auto add = [&](std::string_view name, const FleetReplay& f) {
    out += Line(std::string(name), {Fixed(f.inferences, 0), Seconds1(f.median_gap),
                                    Percent(f.resident_share), Fixed(f.computer_watts, 2),
                                    Fixed(100 * replay.More(f), 1)});
  };
  for (std::size_t i = 0; i < kFaultNames.size(); ++i)
    add(kFaultNames[i], replay.alone[i]);
  add("all three", replay.of(Telling::kAsItWas));
  return out;
}

ordered_json FleetJson(const Replay& replay, const FleetReplay& f) {
  ordered_json json;
  json["inferences_per_robot"] = f.inferences;
  const auto optional = [&json](const char* name, const auto& time) {
    json[name] = time ? ordered_json(Seconds(*time)) : ordered_json();
  };
  optional("between_inferences_median_seconds", f.median_gap);
  optional("between_inferences_95_percent_seconds", f.gap_95);
  json["oldest_inferred_seconds"] = Seconds(f.oldest_inferred);
  json["most_batches_waiting"] = f.most_waiting;
  json["batches_dropped"] = f.dropped;
  json["batches_stale"] = f.stale;
  json["inferences_late"] = f.late;
  json["awake_share"] = f.awake_share;
  json["resident_share"] = f.resident_share;
  json["computer_watts"] = f.computer_watts;
  json["robot_joules"] = f.robot_joules;
  json["more_energy_share"] = replay.More(f);
  json["battery_left_share"] = f.battery_left;
  json["robots_flat"] = f.flat;
  optional("flat_after_seconds", f.flat_after);
  json["cycles_in_breach"] = f.breaches;
  json["most_modelled_joules"] = f.most_modelled_joules;
  return json;
}

ordered_json FiguresJson(const std::array<ToldFigure, kToldFigures>& figures) {
  ordered_json list = ordered_json::array();
  for (const ToldFigure& figure : figures) {
    list.push_back({{"name", figure.name},
                    {"told", figure.told},
                    {"replayed", figure.replayed},
                    {"least", figure.least},
                    {"most", figure.most},
                    {"agrees", figure.agrees()}});
  }
  return list;
}

}  // namespace

std::string InWords(const Replay& replay) {
  return Tellings(replay) + "\nWhat the story reports (! is outside of it):\n" +
         Compared(replay) + "\nEach fault of that night without the others:\n" +
         Alone(replay);
}

std::string InWords(const std::vector<MovedReplay>& moved) {
  std::string out = "  " + std::string(46, ' ') +
                    "     s between     W as it was      W on paper   more energy %"
                    "          flat %  min, held  min, differ\n";
  for (std::size_t i = 0; i + 1 < moved.size(); i += 2) {
    const MovedReplay &down = moved[i], &up = moved[i + 1];
    std::string line = "  " + std::string(down.assumption->name);
    line.resize(30, ' ');
    out += line + Right(Decimal(down.value), 9) + Right(Decimal(up.value), 9);
    for (std::size_t figure = 0; figure < kToldFigures; ++figure) {
      const int decimals = figure == kToldFigures - 1 ? 0 : 1;
      for (const MovedReplay* row : {&down, &up}) {
        const ToldFigure& told = row->figures[figure];
        out += Right(Fixed(told.replayed, decimals), 7) + (told.agrees() ? " " : "!");
      }
    }
    for (std::size_t telling = 0; telling < down.paged_minutes.size(); ++telling) {
      for (const MovedReplay* row : {&down, &up}) {
        const auto& minutes = row->paged_minutes[telling];
        out += Right(minutes ? Fixed(*minutes, 1) : kNothing, 6);
      }
    }
    out += "\n";
  }
  return out;
}

std::string Json(const Replay& replay, const std::vector<MovedReplay>& moved) {
  ordered_json json;
  json["robots"] = replay.options.robots;
  json["shift_seconds"] = Seconds(replay.options.shift);
  json["seed"] = replay.options.seed;
  json["battery_joules"] = replay.battery_joules;
  for (std::size_t i = 0; i < kTellings.size(); ++i) {
    const auto telling = static_cast<Telling>(i);
    ordered_json& fleet = json["tellings"][std::string(kTellings[i])];
    fleet = FleetJson(replay, replay.tellings[i]);
    const auto& page = replay.tellings[i].first_page;
    fleet["first_page_seconds"] =
        page ? ordered_json(Minutes(page->at) * 60) : ordered_json();
    fleet["found_by"] = PagedBy(replay, telling);
  }
  for (std::size_t i = 0; i < kFaultNames.size(); ++i) {
    json["faults_alone"][std::string(kFaultNames[i])] =
        FleetJson(replay, replay.alone[i]);
  }
  json["story"] = FiguresJson(ToldFigures(replay));
  for (const Assumption& row : Assumptions()) {
    json["assumptions"].push_back({{"name", row.name},
                                   {"unit", row.unit},
                                   {"value", replay.options.assumptions.*(row.value)},
                                   {"least", row.least},
                                   {"most", row.most},
                                   {"basis", Word(row.basis)},
                                   {"source", row.source}});
  }
  for (const MovedReplay& row : moved) {
    ordered_json& entry = json["moved"].emplace_back();
    entry["assumption"] = row.assumption->name;
    entry["value"] = row.value;
    entry["story"] = FiguresJson(row.figures);
    for (const auto& minutes : row.paged_minutes) {
      entry["paged_minutes"].push_back(minutes ? ordered_json(*minutes) : ordered_json());
    }
  }
  return json.dump(2) + "\n";
}

}  // namespace torpor::simulate

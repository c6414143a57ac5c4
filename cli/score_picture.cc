#include "cli/score_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include "detect/evaluation/catalogue.h"
#include "detect/evaluation/degradation.h"
#include "detect/evaluation/threshold.h"
#include "simulate/svg.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;
using evaluation::Machine;
using evaluation::ScoreTable;
using evaluation::Span;
using simulate::Svg;
using simulate::SvgText;

constexpr double kWidth = 960, kLeft = 64, kRight = 24;
constexpr double kTop = 84, kBottom = 404, kLegend = 452, kLegendLine = 22;
constexpr double kLegendSays = 420;
// Of score over threshold. The top is the first of kGrid that no channel exceeds, but
// never below kLowestTop; what is above the last, or below the first, leaves the picture.
constexpr std::array kGrid = {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0};
constexpr double kLowestTop = 2;

// Drawn in this order, the last on top.
struct Channel {
  std::string_view row;
  const char* style;  // class
};
constexpr std::array kPictured = {
    Channel{"RMS", "c0"}, Channel{"log-mel Mahalanobis, own mean", "c1"},
    Channel{"transformer alone", "c2"}, Channel{evaluation::kGate, "c3"},
    Channel{"transformer + 8 log C", "c4"}};

constexpr const char* kStyle =
    R"( .line{fill:none;stroke:currentColor;stroke-linejoin:round}
 .c0{color:#7c8899;stroke-width:1}.c1{color:#d97706;stroke-width:1.1}
 .c2{color:#b57bee;stroke-width:.8}.c3{color:#2563a8;stroke-width:1.8}
 .c4{color:#0f766e;stroke-width:1.5;stroke-dasharray:5 2}
 .mark{fill:currentColor;stroke:#ffffff;stroke-width:1.5;stroke-dasharray:none}
 .healthy{fill:#16a34a;opacity:.10}.end{fill:#dc2626;opacity:.12}
)";
constexpr const char* kDark =
    R"( .c0{color:#8291a5}.c1{color:#fbbf24}.c2{color:#c084fc}.c3{color:#6cb0ff}
 .c4{color:#5eead4}.mark{stroke:#10151c}.healthy{opacity:.18}.end{opacity:.22}
)";

double TopFor(double highest) {
  for (const double top : kGrid) {
    if (top >= std::max(highest, kLowestTop)) return top;
  }
  return kGrid.back();
}

class Axis {
 public:
  Axis(std::size_t minutes, double top)
      : minutes_(static_cast<double>(minutes)), top_(top) {}
  [[nodiscard]] double X(double minute) const {
    return kLeft + minute / minutes_ * (kWidth - kLeft - kRight);
  }
  // Outside the picture by a little at most, for what is outside the axis.
  [[nodiscard]] double Y(double over_threshold) const {
    const double least = kGrid.front();
    const double shown = std::clamp(over_threshold, least / 2, top_ * 2);
    const double share = std::log10(shown / least) / std::log10(top_ / least);
    return kBottom - share * (kBottom - kTop);
  }
  [[nodiscard]] double minutes() const { return minutes_; }
  [[nodiscard]] double top() const { return top_; }

 private:
  double minutes_, top_;
};

std::string Shade(const Axis& axis, Span span, const char* style, const char* says) {
  const double from = axis.X(static_cast<double>(span.first));
  const double to = axis.X(static_cast<double>(span.end));
  return Svg(
      "<rect class=\"%s\" x=\"%.1f\" y=\"%g\" width=\"%.1f\" height=\"%g\"/>"
      "<text class=\"soft\" x=\"%.1f\" y=\"%g\" text-anchor=\"%s\" "
      "font-size=\"12\">%s</text>\n",
      style, from, kTop, to - from, kBottom - kTop, *says == 'e' ? to : (from + to) / 2,
      kTop - 7, *says == 'e' ? "end" : "middle", says);
}

std::string Grid(const Axis& axis) {
  std::string out;
  for (const double score : kGrid) {
    if (score > axis.top()) break;
    out +=
        Svg("<line class=\"%s\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>"
            "<text class=\"soft\" x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
            score == 1.0 ? "limit" : "grid", kLeft, kWidth - kRight, axis.Y(score),
            axis.Y(score), kLeft - 8, axis.Y(score) + 4, score);
  }
  const double step = axis.minutes() > 240 ? 60 : axis.minutes() > 100 ? 30 : 15;
  for (double at = 0; at <= axis.minutes(); at += step) {
    out +=
        Svg("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%g\" y2=\"%g\"/>"
            "<text class=\"soft\" x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%g "
            "min</text>\n",
            axis.X(at), axis.X(at), kBottom, kBottom + 5, axis.X(at), kBottom + 20, at);
  }
  return out;
}

std::string Line(const Axis& axis, const evaluation::Vector& scores, double threshold,
                 const char* style) {
  std::string path;
  for (Eigen::Index i = 0; i < scores.size(); ++i) {
    path += Svg("%c%.1f %.1f", i == 0 ? 'M' : 'L', axis.X(static_cast<double>(i) + 0.5),
                axis.Y(scores(i) / threshold));
  }
  return Svg("<path class=\"line %s\" d=\"", style) + path + "\"/>\n";
}

// Of one channel: how it is drawn.
struct Drawn {
  const ScoreTable* table;
  const char* style;
  double threshold;
  std::optional<std::size_t> alarm;  // the minute of the first
};

std::vector<Drawn> Pictured(const std::vector<ScoreTable>& tables,
                            const std::vector<Machine>& machines, std::size_t machine) {
  std::vector<Drawn> all;
  for (const Channel& channel : kPictured) {
    const auto table = std::ranges::find(tables, channel.row, &ScoreTable::row);
    if (table == tables.end()) continue;
    const double threshold =
        evaluation::ForeignThreshold(*table, machines, machine).value;
    all.push_back({&*table, channel.style, threshold,
                   evaluation::FirstAlarm(table->life[machine], threshold,
                                          machines[machine].spans.healthy.first)});
  }
  return all;
}

// A dot on the channel's line where it first alarmed.
std::string Mark(const Axis& axis, const Drawn& drawn, std::size_t machine) {
  if (!drawn.alarm) return "";
  const double score =
      drawn.table->life[machine](static_cast<Eigen::Index>(*drawn.alarm));
  return Svg("<circle class=\"%s mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>\n", drawn.style,
             axis.X(static_cast<double>(*drawn.alarm) + 0.5),
             std::max(axis.Y(score / drawn.threshold), kTop));
}

double LegendY(std::size_t place) {
  return kLegend + kLegendLine * static_cast<double>(place);
}

// A swatch, the row, and when it alarmed.
std::string Legend(const Drawn& drawn, const Machine& machine, std::size_t place) {
  const double y = LegendY(place);
  std::string says = "no alarm";
  if (drawn.alarm) {
    const bool early = *drawn.alarm < machine.spans.healthy.end;
    says = (early ? "FALSE alarm " : "alarm ") +
           std::to_string(machine.life.count() - *drawn.alarm) + " min before the end";
  }
  std::string row = drawn.table->row;
  if (drawn.table->seed) row += ", seed " + std::to_string(*drawn.table->seed);
  return Svg("<path class=\"line %s\" d=\"M%g %gh28\"/><text class=\"ink\" x=\"%g\" "
             "y=\"%g\">",
             drawn.style, kLeft, y - 4, kLeft + 38, y) +
         SvgText(row) +
         Svg("</text><text class=\"%s\" x=\"%g\" y=\"%g\">", drawn.alarm ? "ink" : "soft",
             kLegendSays, y) +
         says + "</text>\n";
}

std::string LegendOfThreshold(std::size_t place) {
  const double y = LegendY(place);
  return Svg(
      "<path class=\"limit\" d=\"M%g %gh28\"/><text class=\"ink\" x=\"%g\" y=\"%g\">"
      "threshold</text><text class=\"soft\" x=\"%g\" y=\"%g\">3 of 5 minutes above it "
      "are "
      "an alarm; a dot marks the first</text>\n",
      kLeft, y - 4, kLeft + 38, y, kLegendSays, y);
}

}  // namespace

std::string DrawMachine(const std::vector<ScoreTable>& tables,
                        const std::vector<Machine>& machines, std::size_t machine) {
  const Machine& life = machines[machine];
  const std::vector<Drawn> all = Pictured(tables, machines, machine);
  double highest = 0;
  for (const Drawn& drawn : all) {
    highest = std::max(highest, drawn.table->life[machine].maxCoeff() / drawn.threshold);
  }
  const Axis axis(life.life.count(), TopFor(highest));
  std::string lines, marks, legend;
  for (std::size_t i = 0; i < all.size(); ++i) {
    lines += Line(axis, all[i].table->life[machine], all[i].threshold, all[i].style);
    marks += Mark(axis, all[i], machine);
    legend += Legend(all[i], life, i);
  }
  legend += LegendOfThreshold(all.size());

  std::string out =
      simulate::SvgHead(kWidth, LegendY(all.size()) + kLegendLine, kStyle, kDark);
  out += Svg("<text class=\"ink\" x=\"%g\" y=\"30\" font-size=\"17\" "
             "font-weight=\"600\">",
             kLeft) +
         SvgText(life.id) + "</text>\n";
  out +=
      Svg("<text class=\"soft\" x=\"%g\" y=\"50\">each channel's score, over the "
          "threshold that the other bearings set for it</text>\n",
          kLeft);
  out += Shade(axis, life.spans.own, "away", "commissioning");
  out += Shade(axis, life.spans.healthy, "healthy", "healthy");
  out += Shade(axis, life.spans.end, "end", "end of life");
  out +=
      Svg("<clipPath id=\"plot\"><rect x=\"%g\" y=\"%g\" width=\"%g\" "
          "height=\"%g\"/></clipPath>\n",
          kLeft, kTop, kWidth - kLeft - kRight, kBottom - kTop);
  return out + Grid(axis) + "<g clip-path=\"url(#plot)\">\n" + lines + "</g>\n" + marks +
         legend + "</svg>\n";
}

Status DrawScores(const std::vector<ScoreTable>& tables,
                  const std::vector<Machine>& machines,
                  const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (std::size_t m = 0; m < machines.size(); ++m) {
    std::ofstream file(folder / (machines[m].id + ".svg"), std::ios::binary);
    file << DrawMachine(tables, machines, m);
    file.close();
    if (!file) return Status::kIo;
  }
  return Status::kOk;
}

}  // namespace torpor::cli

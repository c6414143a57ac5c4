#include "cli/score_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
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
constexpr double kLeast = 0.1, kMost = 100;  // of score over threshold

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
    R"( .line{fill:none;stroke-linejoin:round}.mark{stroke:none}
 .c0{stroke:#94a3b8;stroke-width:1}.c1{stroke:#d97706;stroke-width:1.1}
 .c2{stroke:#9333ea;stroke-width:1.2}.c3{stroke:#2563a8;stroke-width:1.6}
 .c4{stroke:#0f766e;stroke-width:1.2;stroke-dasharray:2 2}
 .healthy{fill:#16a34a;opacity:.10}.end{fill:#dc2626;opacity:.12}
)";
constexpr const char* kDark =
    R"( .c0{stroke:#64748b}.c1{stroke:#fbbf24}.c2{stroke:#c084fc}.c3{stroke:#6cb0ff}
 .c4{stroke:#5eead4}.healthy{opacity:.18}.end{opacity:.22}
)";

double Y(double over_threshold) {
  const double decades = std::log10(kMost / kLeast);
  const double share =
      std::log10(std::clamp(over_threshold, kLeast, kMost) / kLeast) / decades;
  return kBottom - share * (kBottom - kTop);
}

class Axis {
 public:
  explicit Axis(std::size_t minutes) : minutes_(static_cast<double>(minutes)) {}
  [[nodiscard]] double X(double minute) const {
    return kLeft + minute / minutes_ * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double minutes() const { return minutes_; }

 private:
  double minutes_;
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
  for (const double score : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0}) {
    out +=
        Svg("<line class=\"%s\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>"
            "<text class=\"soft\" x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
            score == 1.0 ? "limit" : "grid", kLeft, kWidth - kRight, Y(score), Y(score),
            kLeft - 8, Y(score) + 4, score);
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
                Y(scores(i) / threshold));
  }
  return Svg("<path class=\"line %s\" d=\"", style) + path + "\"/>\n";
}

// A swatch, the row, and when it screamed; and a mark on the time axis where it did.
std::string Legend(const Axis& axis, const ScoreTable& table, const Machine& machine,
                   const Channel& channel, double threshold,
                   const evaluation::Vector& scores, std::size_t place) {
  const double y = kLegend + kLegendLine * static_cast<double>(place);
  const auto alarm =
      evaluation::FirstAlarm(scores, threshold, machine.spans.healthy.first);
  std::string says = "no alarm";
  std::string out;
  if (alarm) {
    const bool early = *alarm < machine.spans.healthy.end;
    says = (early ? "FALSE alarm " : "alarm ") +
           std::to_string(machine.life.count() - *alarm) + " min before the end";
    const double x = axis.X(static_cast<double>(*alarm) + 0.5);
    out +=
        Svg("<path class=\"line %s\" style=\"stroke-width:2;stroke-dasharray:none\" "
            "d=\"M%.1f %gL%.1f %g\"/>\n",
            channel.style, x, kBottom - 14, x, kBottom);
  }
  std::string row = table.row;
  if (table.seed) row += ", seed " + std::to_string(*table.seed);
  out += Svg("<path class=\"line %s\" d=\"M%g %gh28\"/><text class=\"ink\" x=\"%g\" "
             "y=\"%g\">",
             channel.style, kLeft, y - 4, kLeft + 38, y) +
         SvgText(row) +
         Svg("</text><text class=\"%s\" x=\"%g\" y=\"%g\">", alarm ? "ink" : "soft",
             420.0, y) +
         says + "</text>\n";
  return out;
}

}  // namespace

std::string DrawMachine(const std::vector<ScoreTable>& tables,
                        const std::vector<Machine>& machines, std::size_t machine) {
  std::string lines, legend;
  const Machine& drawn = machines[machine];
  const Axis axis(drawn.life.count());
  std::size_t place = 0;
  for (const Channel& channel : kPictured) {
    const auto table = std::ranges::find(tables, channel.row, &ScoreTable::row);
    if (table == tables.end()) continue;
    const double threshold =
        evaluation::ForeignThreshold(*table, machines, machine).value;
    lines += Line(axis, table->life[machine], threshold, channel.style);
    legend +=
        Legend(axis, *table, drawn, channel, threshold, table->life[machine], place);
    ++place;
  }
  const double height = kLegend + kLegendLine * static_cast<double>(place) + 6;
  std::string out = simulate::SvgHead(kWidth, height, kStyle, kDark);
  out += Svg("<text class=\"ink\" x=\"%g\" y=\"30\" font-size=\"17\" "
             "font-weight=\"600\">",
             kLeft) +
         SvgText(drawn.id) + "</text>\n";
  out +=
      Svg("<text class=\"soft\" x=\"%g\" y=\"50\">score over the threshold that the "
          "other bearings set; marks below: first 3 of 5 minutes over it</text>\n",
          kLeft);
  out += Shade(axis, drawn.spans.own, "away", "commissioning");
  out += Shade(axis, drawn.spans.healthy, "healthy", "healthy");
  out += Shade(axis, drawn.spans.end, "end", "end of life");
  return out + Grid(axis) + lines + legend + "</svg>\n";
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

#include "simulate/night_picture.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "simulate/svg.h"

namespace torpor::simulate {
namespace {

using telemetry::CycleRecord;
using telemetry::Verdict;

constexpr double kLeft = 64, kRight = 24, kWidth = 960, kHeight = 470;
constexpr double kScoreTop = 60, kScoreBottom = 270, kEnergyTop = 310,
                 kEnergyBottom = 400;
constexpr double kScoreDecadesBelow = 1,
                 kScoreDecadesAbove = 1;  // 0.1 to 10, threshold at 1

class Scales {
 public:
  Scales(Microseconds life, double energy_top) : life_(life), energy_top_(energy_top) {}

  [[nodiscard]] double X(Microseconds t) const {
    const double share =
        static_cast<double>(t.count()) / static_cast<double>(life_.count());
    return kLeft + share * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] static double ScoreY(double score) {
    const double decades = std::clamp(std::log10(std::max(1e-9, score)),
                                      -kScoreDecadesBelow, kScoreDecadesAbove);
    const double share =
        (decades + kScoreDecadesBelow) / (kScoreDecadesBelow + kScoreDecadesAbove);
    return kScoreBottom - share * (kScoreBottom - kScoreTop);
  }
  [[nodiscard]] double EnergyY(double joules) const {
    return kEnergyBottom -
           std::clamp(joules / energy_top_, 0.0, 1.0) * (kEnergyBottom - kEnergyTop);
  }

 private:
  Microseconds life_;
  double energy_top_;
};

constexpr const char* kStyle =
    R"( .score{fill:none;stroke:#2563a8;stroke-width:1.2}.drop{fill:#c2410c}
 .energy{fill:none;stroke:#4d7c0f;stroke-width:1.2}
)";
constexpr const char* kDark = " .score{stroke:#6cb0ff}.energy{stroke:#a3d65c}\n";

std::string Axes(const Scales& scales, const contract::Terms& terms, double hours) {
  std::string out;
  for (const double score : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0}) {
    const double y = Scales::ScoreY(score);
    out +=
        Svg("<line class=\"grid\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>"
            "<text class=\"soft\" x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
            kLeft, kWidth - kRight, y, y, kLeft - 8, y + 4, score);
  }
  const double budget = static_cast<double>(terms.cycle_budget.value) / 1e6;
  for (const auto& [y, what] : {std::pair{Scales::ScoreY(1), "threshold"},
                                std::pair{scales.EnergyY(budget), "budget"}}) {
    out +=
        Svg("<line class=\"limit\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>"
            "<text class=\"soft\" x=\"%g\" y=\"%.1f\">%s</text>\n",
            kLeft, kWidth - kRight, y, y, kLeft + 6, y - 5, what);
  }
  out +=
      Svg("<text class=\"soft\" x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%.0f J</text>"
          "<text class=\"soft\" x=\"%g\" y=\"%g\" text-anchor=\"end\">0</text>\n",
          kLeft - 8, scales.EnergyY(budget) + 4, budget, kLeft - 8, kEnergyBottom + 4);
  const double step = hours > 48 ? 12 : hours > 12 ? 4 : hours > 3 ? 1 : 0.5;
  const auto marks = static_cast<int>((hours + 1e-9) / step);
  for (int mark = 0; mark <= marks; ++mark) {
    const double hour = mark * step;
    const double x = scales.X(Microseconds(static_cast<std::int64_t>(hour * 3.6e9)));
    out += Svg(
        "<text class=\"soft\" x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%g h</text>\n",
        x, kEnergyBottom + 22, hour);
  }
  return out;
}

// A line breaks where the robot abstained.
std::string ScoreLine(const NightPicture& night, const Scales& scales) {
  std::string path;
  bool down = false;
  for (const CycleRecord& cycle : night.cycles) {
    if (cycle.verdict == Verdict::kAbstain) {
      down = false;
      continue;
    }
    path += Svg("%c%.1f %.1f", down ? 'L' : 'M', scales.X(cycle.woke.time_since_epoch()),
                Scales::ScoreY(cycle.score));
    down = true;
  }
  return "<path class=\"score\" d=\"" + path + "\"/>\n";
}

std::string EnergyLine(const NightPicture& night, const Scales& scales) {
  std::string path;
  for (const CycleRecord& cycle : night.cycles) {
    path += Svg("%c%.1f %.1f", path.empty() ? 'M' : 'L',
                scales.X(cycle.woke.time_since_epoch()),
                scales.EnergyY(static_cast<double>(cycle.energy.value) / 1e6));
  }
  return "<path class=\"energy\" d=\"" + path + "\"/>\n";
}

std::string Marks(const NightPicture& night, const Scales& scales) {
  std::string out;
  const double cycle_width = std::max(scales.X(night.life) - kLeft, 1.0) /
                             static_cast<double>(night.cycles.size() + 1);
  for (std::size_t i = 0; i < night.cycles.size();) {
    std::size_t end = i;  // of the run of abstentions that begins here
    while (end < night.cycles.size() && night.cycles[end].verdict == Verdict::kAbstain)
      ++end;
    if (end > i) {
      const double from = scales.X(night.cycles[i].woke.time_since_epoch());
      const double to =
          scales.X(night.cycles[end - 1].woke.time_since_epoch()) + cycle_width;
      out +=
          Svg("<rect class=\"away\" x=\"%.1f\" y=\"%g\" width=\"%.1f\" height=\"%g\"/>\n",
              from, kScoreTop, std::max(to - from, 0.5), kScoreBottom - kScoreTop);
    }
    i = end + 1;
  }
  std::string label;  // of the first alarm, above all lines
  for (const CycleRecord& cycle : night.cycles) {
    const double x = scales.X(cycle.woke.time_since_epoch());
    if (cycle.dropped_overrun + cycle.dropped_stale + cycle.dropped_corrupt +
            cycle.dropped_gap >
        0) {
      out += Svg("<circle class=\"drop\" cx=\"%.1f\" cy=\"%g\" r=\"3\"/>\n", x,
                 kScoreBottom + 8);
    }
    if (!cycle.alarm) continue;
    out += Svg("<line class=\"alarm\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%g\" y2=\"%g\"/>\n", x,
               x, kScoreTop, kScoreBottom);
    if (!label.empty()) continue;  // the first alarm is the one that somebody answers
    const Microseconds lead = night.life - cycle.woke.time_since_epoch();
    const bool late = x > kWidth / 2;
    label = Svg(
        "<text class=\"alarmtext\" x=\"%.1f\" y=\"%g\" text-anchor=\"%s\">ALARM, %.0f "
        "min "
        "before the end</text>\n",
        late ? x - 8 : x + 8, kScoreTop + 14, late ? "end" : "start",
        static_cast<double>(lead.count()) / 6e7);
  }
  return out + label;
}

}  // namespace

std::string DrawNight(const NightPicture& night, const contract::Terms& terms) {
  const double budget = static_cast<double>(terms.cycle_budget.value) / 1e6;
  const Scales scales(std::max(night.life, Microseconds(1)), budget * 1.25);
  const double hours = static_cast<double>(night.life.count()) / 3.6e9;
  std::string out = SvgHead(kWidth, kHeight, kStyle, kDark);
  out += "<text class=\"ink\" x=\"64\" y=\"30\" font-size=\"17\" font-weight=\"600\">" +
         SvgText(night.title) + "</text>\n";
  out +=
      Svg("<text class=\"soft\" x=\"%g\" y=\"%g\">anomaly score, 1 is this robot's "
          "threshold; "
          "grey: abstained; dots below: batches dropped</text>\n",
          kLeft, kScoreTop - 10);
  out += Axes(scales, terms, hours);
  if (!night.cycles.empty()) {
    out += Marks(night, scales);
    out += ScoreLine(night, scales);
    out += EnergyLine(night, scales);
  }
  out += Svg("<text class=\"soft\" x=\"%g\" y=\"%g\">modelled energy per cycle</text>\n",
             kLeft, kEnergyTop - 10);
  return out + "</svg>\n";
}

}  // namespace torpor::simulate

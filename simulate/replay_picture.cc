// A replay as a person would rather see it: one robot's GPU and inferences, and the
// batteries of all, as it was and under torpor.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "simulate/replay.h"
#include "simulate/svg.h"

namespace torpor::simulate {
namespace {

constexpr double kLeft = 64, kRight = 150, kWidth = 960, kHeight = 640;

// One of three pictures above each other.
struct Panel {
  double top, bottom, most;  // at the top; 0 at the bottom
  [[nodiscard]] double Y(double value) const {
    return bottom - std::clamp(value / most, 0.0, 1.0) * (bottom - top);
  }
};

constexpr const char* kStyle =
    R"( .was{fill:none;stroke:#c2410c;stroke-width:1.3}.kept{fill:none;stroke:#2563a8;stroke-width:1.6}
 .wasband{fill:#c2410c;opacity:.18}.keptband{fill:#2563a8;opacity:.18}
 .wastext{fill:#c2410c;font-weight:600}.kepttext{fill:#2563a8;font-weight:600}
)";
constexpr const char* kDark =
    R"( .was{stroke:#ff9b6a}.kept{stroke:#6cb0ff}.wasband{fill:#ff9b6a}.keptband{fill:#6cb0ff}
 .wastext{fill:#ff9b6a}.kepttext{fill:#6cb0ff}
)";

class Picture {
 public:
  explicit Picture(const Replay& replay)
      : replay_(replay), out_(SvgHead(kWidth, kHeight, kStyle, kDark)) {}

  std::string All() {
    const FleetReplay& was = replay_.of(Telling::kAsItWas);
    const FleetReplay& kept = replay_.of(Telling::kTorpor);
    const auto& a = replay_.options.assumptions;
    out_ +=
        Svg("<text class=\"ink\" x=\"%g\" y=\"30\" font-size=\"17\" font-weight=\"600\">"
            "One night, replayed: %llu robots, %g hours</text>\n",
            kLeft, static_cast<unsigned long long>(replay_.options.robots), Hours());

    const double most = std::max(a.resident_adds_watts + a.gpu_work_adds_watts, 0.1);
    const Panel gpu{76, 216, most};
    Head(gpu, "one robot's GPU, watts: up, and working", {0, most / 2, most}, "%.1f W");
    Steps(gpu, "was", GpuWatts(*was.shown));
    Steps(gpu, "kept", GpuWatts(*kept.shown));

    const std::vector<double> many = Inferences(*was.shown);
    const std::vector<double> few = Inferences(*kept.shown);
    const double top =
        std::max({*std::ranges::max_element(many), *std::ranges::max_element(few), 2.0});
    const Panel inferences{262, 402, top};
    Head(inferences, "its inferences, in each minute; grey: the link is down",
         {0, top / 2, top}, "%.3g");
    LinkDown(inferences);
    Steps(inferences, "was", many);
    Steps(inferences, "kept", few);

    const Panel battery{448, 588, 1};
    Head(battery, "the batteries of all: the middle, and four of five robots",
         {0, 0.5, 1}, "");
    Band(battery, "was", was.battery);
    Band(battery, "kept", kept.battery);
    Names(gpu, "wastext", "as it was", most);
    Names(gpu, "kepttext", "torpor", 0);
    Marks(battery);
    Hourly();
    return out_ + "</svg>\n";
  }

 private:
  [[nodiscard]] double Hours() const {
    return static_cast<double>(replay_.options.shift.count()) / 3.6e9;
  }
  [[nodiscard]] double X(Microseconds t) const {
    const double share = static_cast<double>(t.count()) /
                         static_cast<double>(replay_.options.shift.count());
    return kLeft + std::min(share, 1.0) * (kWidth - kLeft - kRight);
  }

  void Head(const Panel& panel, const char* what, std::array<double, 3> marks,
            const char* format) {
    out_ += Svg("<text class=\"soft\" x=\"%g\" y=\"%g\">%s</text>\n", kLeft,
                panel.top - 12, what);
    for (const double mark : marks) {
      const std::string label =
          *format == 0 ? Svg("%g %%", 100 * mark) : FormatMark(format, mark);
      out_ +=
          Svg("<line class=\"grid\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>"
              "<text class=\"soft\" x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
              kLeft, kWidth - kRight, panel.Y(mark), panel.Y(mark), kLeft - 8,
              panel.Y(mark) + 4, label.c_str());
    }
  }
  static std::string FormatMark(std::string_view format, double mark) {
    return format == "%.1f W" ? Svg("%.1f W", mark) : Svg("%.3g", mark);
  }

  [[nodiscard]] std::vector<double> GpuWatts(const RobotReplay& robot) const {
    std::vector<double> watts;
    for (std::size_t i = 0; i < robot.ledger.bins().size(); ++i) {
      double joules = 0;
      for (const Draw draw : {Draw::kResident, Draw::kGpuWork}) {
        const Microseconds time = robot.ledger.bins()[i][static_cast<std::size_t>(draw)];
        joules += static_cast<double>(Adds(draw, replay_.options.assumptions).value) *
                  static_cast<double>(time.count()) / 1e12;
      }
      watts.push_back(joules * 1e6 /
                      static_cast<double>(robot.ledger.BinLength(i).count()));
    }
    return watts;
  }

  static std::vector<double> Inferences(const RobotReplay& robot) {
    std::vector<double> counts(robot.ledger.bins().size());
    for (const Instant at : robot.inferred) {
      counts[static_cast<std::size_t>(at.time_since_epoch() / Ledger::kBin)] += 1;
    }
    return counts;
  }

  void Steps(const Panel& panel, const char* style, const std::vector<double>& minutes) {
    std::string path = Svg("M%.1f %.1f", X({}), panel.Y(minutes.front()));
    for (std::size_t i = 0; i < minutes.size(); ++i) {
      path += Svg("V%.1fH%.1f", panel.Y(minutes[i]),
                  X(Ledger::kBin * static_cast<std::int64_t>(i + 1)));
    }
    out_ += "<path class=\"" + std::string(style) + "\" d=\"" + path + "\"/>\n";
  }

  void Band(const Panel& panel, const std::string& style,
            const std::vector<std::array<double, 3>>& minutes) {
    std::string line = Svg("M%.1f %.1f", X({}), panel.Y(1));
    std::string band = line;
    const auto at = [this](std::size_t i) {
      return X(Ledger::kBin * static_cast<std::int64_t>(i + 1));
    };
    for (std::size_t i = 0; i < minutes.size(); ++i) {
      line += Svg("L%.1f %.1f", at(i), panel.Y(minutes[i][1]));
      band += Svg("L%.1f %.1f", at(i), panel.Y(minutes[i][2]));
    }
    for (std::size_t i = minutes.size(); i-- > 0;) {
      band += Svg("L%.1f %.1f", at(i), panel.Y(minutes[i][0]));
    }
    out_ += "<path class=\"" + style + "band\" d=\"" + band + "Z\"/>\n";
    out_ += "<path class=\"" + style + "\" d=\"" + line + "\"/>\n";
    out_ += Svg("<text class=\"%stext\" x=\"%g\" y=\"%.1f\">%.0f %% left</text>\n",
                style.c_str(), kWidth - kRight + 10, panel.Y(minutes.back()[1]) + 4,
                100 * minutes.back()[1]);
  }

  void LinkDown(const Panel& panel) {
    for (const Hiccup& hiccup : Hiccups(replay_.options.seed, 0, replay_.options.shift,
                                        replay_.options.assumptions)) {
      const double from = X(hiccup.from.time_since_epoch());
      const double to = X(hiccup.to.time_since_epoch());
      out_ +=
          Svg("<rect class=\"away\" x=\"%.1f\" y=\"%g\" width=\"%.1f\" height=\"%g\"/>\n",
              from, panel.top, std::max(to - from, 0.4), panel.bottom - panel.top);
    }
  }

  void Names(const Panel& panel, const char* style, const char* name, double value) {
    out_ += Svg("<text class=\"%s\" x=\"%g\" y=\"%.1f\">%s</text>\n", style,
                kWidth - kRight + 10, panel.Y(value) + 4, name);
  }

  // When somebody hears of it.
  void Marks(const Panel& panel) {
    const FleetReplay& was = replay_.of(Telling::kAsItWas);
    if (was.flat_after) {
      const double x = X(*was.flat_after);
      out_ += Svg(
          "<line class=\"alarm\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%g\" y2=\"%g\"/>"
          "<text class=\"alarmtext\" x=\"%.1f\" y=\"%g\" text-anchor=\"end\">flat after "
          "%.1f h, and nobody knows</text>\n",
          x, x, panel.top, panel.bottom, x - 8, panel.top + 16,
          static_cast<double>(was.flat_after->count()) / 3.6e9);
    }
    if (const auto& page = replay_.of(Telling::kSessionHeld).first_page) {
      const double x = X(page->at.time_since_epoch());
      out_ += Svg(
          "<line class=\"kept\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%g\" y2=\"%g\"/>"
          "<text class=\"kepttext\" x=\"%.1f\" y=\"%g\">if torpor cannot end who holds "
          "the GPU, it pages after %.1f min</text>\n",
          x, x, panel.bottom - 24, panel.bottom, x + 8, panel.bottom - 10,
          static_cast<double>(page->at.time_since_epoch().count()) / 6e7);
    }
  }

  void Hourly() {
    const double step = Hours() > 12 ? 4 : Hours() > 3 ? 1 : 0.25;
    for (int mark = 0; mark * step <= Hours() + 1e-9; ++mark) {
      const double hour = mark * step;
      out_ += Svg(
          "<text class=\"soft\" x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%g h</text>\n",
          X(Microseconds(static_cast<std::int64_t>(hour * 3.6e9))), 612.0, hour);
    }
  }

  const Replay& replay_;
  std::string out_;
};

}  // namespace

std::string DrawReplay(const Replay& replay) { return Picture(replay).All(); }

}  // namespace torpor::simulate

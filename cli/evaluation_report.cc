#include "cli/evaluation_report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>

#include "cli/evaluation_groups.h"
#include "cli/evaluation_paired.h"
#include "cli/evaluation_rounding.h"
#include "detect/evaluate.h"
#include "detect/evaluation/catalogue.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;
using evaluation::Degradation;
using evaluation::Figure;
using evaluation::Limit;

// Rows of one name are seeds of one network: their mean, and from least to most.
template <class Result>
using Get = std::function<double(const Result&)>;

struct Range {
  double mean = 0, low = 0, high = 0;
};

template <class Result>
Range Over(const std::vector<const Result*>& seeds, const Get<Result>& get) {
  Range range{0, get(*seeds.front()), get(*seeds.front())};
  for (const Result* result : seeds) {
    const double value = get(*result);
    range.mean += value / static_cast<double>(seeds.size());
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  return range;
}

// ".903" or "1.000": as much as nine bearings tell.
std::string Share(double value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  return value < 1 && text[0] == '0' ? text.data() + 1 : text.data();
}

std::string Spread(double low, double high) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f-%.2f", low, high);
  return text.data();
}

// A figure and, below it, its interval over machines; of several seeds their range.
template <class Result>
void PrintCells(const std::vector<const Result*>& seeds,
                const std::vector<std::function<Figure(const Result&)>>& cells,
                std::string& above, std::string& below) {
  for (const auto& cell : cells) {
    const auto value = [&](const Result& r) { return cell(r).value; };
    const Range range = Over<Result>(seeds, value);
    const auto interval = cell(*seeds.front()).interval;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), " %10s", Share(range.mean).c_str());
    above += text.data();
    std::snprintf(text.data(), text.size(), " %10s",
                  (seeds.size() > 1 ? Spread(range.low, range.high)
                                    : Spread(interval.low, interval.high))
                      .c_str());
    below += text.data();
  }
}

void PrintDegradation(const DegradationTable& table) {
  const Degradation& any = table.rows.front();
  std::size_t end = 0;
  for (const auto& heard : any.machines) end += heard.end_minutes;
  std::printf("%s\n%zu machines, %zu healthy and %zu last minutes\n\n",
              table.title.c_str(), any.machines.size(), any.healthy_minutes, end);
  std::printf("%-*s %10s %10s %10s %10s %10s  %9s %6s %7s %7s %6s\n", kName, "row",
              "AUROC", "pooled", "drift", "FPR", "TPR", "over/min", "bound", "falsely",
              "alarmed", "lead");
  for (const auto& seeds : ByName(table.rows)) {
    std::string above, below;
    PrintCells<Degradation>(
        seeds,
        {[](const auto& r) { return r.auroc; }, [](const auto& r) { return r.pooled; },
         [](const auto& r) { return r.drift; }, [](const auto& r) { return r.fpr; },
         [](const auto& r) { return r.tpr; }},
        above, below);
    const auto whole = [&](const Get<Degradation>& get, const char* format) {
      const Range range = Over<Degradation>(seeds, get);
      std::array<char, 48> text{};
      std::snprintf(text.data(), text.size(), format, range.low);
      std::string said = text.data();
      if (range.high > range.low) {
        std::snprintf(text.data(), text.size(), format, range.high);
        said += std::string("-") + text.data();
      }
      return said;
    };
    const auto over =
        whole([](const auto& r) { return static_cast<double>(r.healthy_over); }, "%.0f");
    const Range bound =
        Over<Degradation>(seeds, [](const auto& r) { return r.fpr_bound; });
    std::printf(
        "%-*s%s  %9s %6s %7s %7s %6s\n", kName,
        NameOf(seeds.front()->row, seeds.size()).c_str(), above.c_str(),
        (over + "/" + std::to_string(seeds.front()->healthy_minutes)).c_str(),
        Share(bound.high).c_str(),
        whole([](const auto& r) { return static_cast<double>(r.false_alarms); }, "%.0f")
            .c_str(),
        whole([](const auto& r) { return static_cast<double>(r.alarmed); }, "%.0f")
            .c_str(),
        whole([](const auto& r) { return r.median_lead; }, "%.0f").c_str());
    std::printf("%-*s%s\n", kName, "", below.c_str());
  }
  const std::size_t n = any.machines.size();
  std::printf(
      "\n0 of %zu machines falsely alarmed shows no more than: below %.0f %% of "
      "machines.\n\n",
      n, 100 * detect::UpperBound(0, n));
}

void PrintMachines(const DegradationTable& table) {
  for (const Degradation& row : table.rows) {
    std::printf("%s%s\n", row.row.c_str(),
                row.seed ? (", seed " + std::to_string(*row.seed)).c_str() : "");
    for (const auto& m : row.machines) {
      std::string alarm = "MISSED";
      if (m.alarm) {
        alarm = (m.false_alarm ? "FALSE -" : "found -") + std::to_string(m.lead_minutes) +
                " min";
      }
      std::printf(
          "  %-14s AUROC %.3f  drift %.3f  over: healthy %3zu/%-3zu end %2zu/%-2zu  "
          "%-14s threshold %.4g by %s\n",
          m.id.c_str(), m.auroc, m.drift, m.healthy_over, m.healthy_minutes, m.end_over,
          m.end_minutes, alarm.c_str(), m.threshold, m.threshold_by.c_str());
    }
  }
  std::printf("\n");
}

void PrintLimit(const std::vector<Limit>& rows) {
  std::printf(
      "P4: faults of another rig mixed into healthy minutes; AUROC, and TPR at the "
      "foreign threshold\n%zu faulty minutes a level, %zu healthy\n\n",
      rows.front().positives, rows.front().negatives);
  std::printf("%-*s", kName, "row");
  for (const char* what : {"AUROC", "TPR"}) {
    for (const double level : evaluation::kLevelsDb) {
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), "%s %.0f", what, level);
      std::printf(" %10s", text.data());
    }
  }
  std::printf("  dB\n");
  for (const auto& seeds : ByName(rows)) {
    std::vector<std::function<Figure(const Limit&)>> cells;
    for (std::size_t i = 0; i < evaluation::kLevelsDb.size(); ++i) {
      cells.emplace_back([i](const Limit& r) { return r.auroc[i]; });
    }
    for (std::size_t i = 0; i < evaluation::kLevelsDb.size(); ++i) {
      cells.emplace_back([i](const Limit& r) { return r.tpr[i]; });
    }
    std::string above, below;
    PrintCells<Limit>(seeds, cells, above, below);
    std::printf("%-*s%s\n%-*s%s\n", kName,
                NameOf(seeds.front()->row, seeds.size()).c_str(), above.c_str(), kName,
                "", below.c_str());
  }
  std::printf("\n");
}

void PrintTerrain(const std::vector<evaluation::TerrainResult>& rows) {
  const auto& any = rows.front();
  std::printf(
      "IMU: a healthy robot on terrains; %zu drives, %zu windows; thresholds of other "
      "terrains alone\n\n",
      any.drives.size(), any.windows);
  std::printf("%-*s %16s %14s %16s %14s\n", kName, "row", "known: over", "drives alarmed",
              "unseen: over", "drives alarmed");
  for (const auto& row : rows) {
    const auto share = [&](std::size_t over) {
      return std::to_string(over) + " (" +
             Share(static_cast<double>(over) / static_cast<double>(row.windows)) + ")";
    };
    std::printf("%-*s %16s %14zu %16s %14zu\n", kName, row.row.c_str(),
                share(row.known_over).c_str(), row.known_alarms,
                share(row.unseen_over).c_str(), row.unseen_alarms);
  }
  std::printf(
      "\nknown: commissioned on other drives over the same terrain; unseen: on other "
      "terrains.\n\n");
}

void PrintPaired(const Paired& paired) {
  if (paired.columns.empty()) return;
  std::printf("Less \"%s\", paired: the same machines drawn for both\n\n%-*s",
              evaluation::kGate, kName, "row");
  for (const PairedColumn& column : paired.columns)
    std::printf(" %13s", column.head.c_str());
  std::printf("\n");
  for (std::size_t i = 0; i < paired.rows.size(); ++i) {
    std::string above, below;
    for (const PairedColumn& column : paired.columns) {
      std::array<char, 64> value{}, interval{};
      if (const auto& difference = column.less_gate[i]) {
        std::snprintf(value.data(), value.size(), " %+13.3f", difference->value);
        std::snprintf(interval.data(), interval.size(), " %+6.2f %+6.2f",
                      difference->interval.low, difference->interval.high);
      } else {
        std::snprintf(value.data(), value.size(), " %13s", "-");
        std::snprintf(interval.data(), interval.size(), " %13s", "");
      }
      above += value.data();
      below += interval.data();
    }
    const auto& [name, seeds] = paired.rows[i];
    std::printf("%-*s%s\n%-*s%s\n", kName, NameOf(name, seeds).c_str(), above.c_str(),
                kName, "", below.c_str());
  }
  std::printf("\n");
}

void PrintRounding(const std::vector<Rounding>& all) {
  for (const Rounding& rounding : all) {
    std::printf("int8 less float, \"%s\"\n\n%-24s %8s %8s ", rounding.row.c_str(), "",
                "mean", "furthest");
    for (const std::uint32_t seed : rounding.seeds)
      std::printf(" %8s", ("seed " + std::to_string(seed)).c_str());
    std::printf("\n");
    for (const RoundingChange& change : rounding.changes) {
      std::printf("%-24s %+8.4f %+8.4f ", change.figure.c_str(), change.Mean(),
                  change.Furthest());
      for (const double by_seed : change.by_seed) std::printf(" %+8.4f", by_seed);
      std::printf("\n");
    }
    std::printf("\n");
  }
}

}  // namespace

void PrintReport(const Report& report, bool bearings) {
  for (const DegradationTable& table : report.degradation) {
    PrintDegradation(table);
    if (bearings) PrintMachines(table);
  }
  if (!report.limit.empty()) PrintLimit(report.limit);
  PrintPaired(ComparePaired(report));
  PrintRounding(CompareRounding(report));
  if (!report.terrain.empty()) PrintTerrain(report.terrain);
  if (!report.degradation.empty() || !report.limit.empty()) {
    std::printf(
        "Below a figure: 95 %% of resampled machines; of several seeds, least to most.\n"
        "drift: AUROC of mid-life (40-55 %%) against healthy (20-35 %%). What of AUROC "
        "is "
        "ageing.\n"
        "FPR, TPR, over, alarms: at the highest healthy score of the other machines, "
        "each\n"
        "judged by a fit that saw neither it nor this one. bound: of FPR, exact, 95 %%.\n"
        "falsely, alarmed: machines whose first 3 of 5 minutes over the threshold came "
        "before\n35 %% of life, and after; lead: median minutes from there to the "
        "end.\n");
    if (!report.has_networks) {
      std::printf(
          "NO NETWORKS: only classical rows were judged; --models names a folder of "
          "them.\n");
    }
  }
}

}  // namespace torpor::cli

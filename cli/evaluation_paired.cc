#include "cli/evaluation_paired.h"

#include <array>
#include <cstdio>
#include <functional>
#include <string_view>
#include <utility>

#include "cli/evaluation_groups.h"
#include "detect/evaluation/catalogue.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;
using evaluation::Figure;

// Of each row a figure, one for each seed.
struct Source {
  std::string head;
  std::function<std::vector<const Figure*>(std::string_view row)> of;
};

template <class Result, class Get>
Source SourceOf(std::string head, const std::vector<Result>& rows, const Get& get) {
  return {std::move(head), [&rows, get](std::string_view row) {
            std::vector<const Figure*> figures;
            for (const Result& result : rows) {
              if (result.row == row) figures.push_back(&get(result));
            }
            return figures;
          }};
}

std::string AtLevel(const char* figure, std::size_t level) {
  std::array<char, 32> head{};
  std::snprintf(head.data(), head.size(), "%s %.0f dB", figure,
                evaluation::kLevelsDb[level]);
  return head.data();
}

std::vector<Source> Sources(const Report& report) {
  std::vector<Source> sources;
  for (const DegradationTable& table : report.degradation) {
    const std::string which = sources.empty() ? "P3" : "P3 fixed";
    sources.push_back(SourceOf(which + " TPR", table.rows,
                               [](const auto& r) -> const Figure& { return r.tpr; }));
  }
  if (report.limit.empty()) return sources;
  for (const std::size_t level : {1U, 2U}) {
    sources.push_back(
        SourceOf(AtLevel("AUROC", level), report.limit,
                 [level](const auto& r) -> const Figure& { return r.auroc[level]; }));
    sources.push_back(
        SourceOf(AtLevel("TPR", level), report.limit,
                 [level](const auto& r) -> const Figure& { return r.tpr[level]; }));
  }
  return sources;
}

template <class Result>
std::vector<Paired::Row> Others(const std::vector<Result>& rows) {
  std::vector<Paired::Row> others;
  for (const auto& seeds : ByName(rows)) {
    if (seeds.front()->row != evaluation::kGate) {
      others.push_back({seeds.front()->row, seeds.size()});
    }
  }
  return others;
}

}  // namespace

Paired ComparePaired(const Report& report) {
  Paired paired;
  paired.rows = report.degradation.empty() ? Others(report.limit)
                                           : Others(report.degradation.front().rows);
  for (const Source& source : Sources(report)) {
    PairedColumn column{source.head, {}};
    const auto gate = source.of(evaluation::kGate);
    for (const Paired::Row& row : paired.rows) {
      const auto figures = source.of(row.name);
      column.less_gate.emplace_back();
      if (!figures.empty() && !gate.empty())
        column.less_gate.back() = evaluation::Difference(figures, *gate.front());
    }
    paired.columns.push_back(std::move(column));
  }
  return paired;
}

}  // namespace torpor::cli

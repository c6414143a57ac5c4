#include <array>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/evaluation_groups.h"
#include "cli/evaluation_report.h"
#include "detect/evaluation/catalogue.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;
using evaluation::Figure;

// A column: of each row its figures, one for each seed.
struct Column {
  std::string head;
  std::function<std::vector<const Figure*>(std::string_view row)> of;
};

template <class Result, class Get>
Column ColumnOf(std::string head, const std::vector<Result>& rows, const Get& get) {
  return {std::move(head), [&rows, get](std::string_view row) {
            std::vector<const Figure*> figures;
            for (const Result& result : rows) {
              if (result.row == row) figures.push_back(&get(result));
            }
            return figures;
          }};
}

std::vector<Column> Columns(const Report& report) {
  std::vector<Column> columns;
  for (const DegradationTable& table : report.degradation) {
    const std::string which = columns.empty() ? "P3" : "P3 fixed";
    columns.push_back(ColumnOf(which + " TPR", table.rows,
                               [](const auto& r) -> const Figure& { return r.tpr; }));
  }
  if (report.limit.empty()) return columns;
  for (const std::size_t level : {1U, 2U}) {
    std::array<char, 32> head{};
    std::snprintf(head.data(), head.size(), "AUROC %.0f", evaluation::kLevelsDb[level]);
    columns.push_back(
        ColumnOf(head.data(), report.limit,
                 [level](const auto& r) -> const Figure& { return r.auroc[level]; }));
    std::snprintf(head.data(), head.size(), "TPR %.0f dB", evaluation::kLevelsDb[level]);
    columns.push_back(
        ColumnOf(head.data(), report.limit,
                 [level](const auto& r) -> const Figure& { return r.tpr[level]; }));
  }
  return columns;
}

// The names of all rows but the one that they are compared with, in order.
std::vector<std::pair<std::string, std::size_t>> Others(const Report& report) {
  std::vector<std::pair<std::string, std::size_t>> names;
  const auto add = [&](const auto& rows) {
    for (const auto& seeds : ByName(rows)) {
      if (seeds.front()->row != evaluation::kGate) {
        names.emplace_back(seeds.front()->row, seeds.size());
      }
    }
  };
  if (!report.degradation.empty()) {
    add(report.degradation.front().rows);
  } else {
    add(report.limit);
  }
  return names;
}

}  // namespace

void PrintPaired(const Report& report) {
  const std::vector<Column> columns = Columns(report);
  if (columns.empty()) return;
  std::printf("Less \"%s\", paired: the same machines drawn for both\n\n%-*s",
              evaluation::kGate, kName, "row");
  for (const Column& column : columns) std::printf(" %13s", column.head.c_str());
  std::printf("\n");
  for (const auto& [row, seeds] : Others(report)) {
    std::string above, below;
    for (const Column& column : columns) {
      const auto figures = column.of(row);
      const auto gate = column.of(evaluation::kGate);
      std::array<char, 64> value{}, interval{};
      if (figures.empty() || gate.empty()) {
        std::snprintf(value.data(), value.size(), " %13s", "-");
        std::snprintf(interval.data(), interval.size(), " %13s", "");
      } else {
        const Figure difference = evaluation::Difference(figures, *gate.front());
        std::snprintf(value.data(), value.size(), " %+13.3f", difference.value);
        std::snprintf(interval.data(), interval.size(), " %+6.2f %+6.2f",
                      difference.interval.low, difference.interval.high);
      }
      above += value.data();
      below += interval.data();
    }
    std::printf("%-*s%s\n%-*s%s\n", kName, NameOf(row, seeds).c_str(), above.c_str(),
                kName, "", below.c_str());
  }
  std::printf("\n");
}

}  // namespace torpor::cli

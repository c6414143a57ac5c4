#include "cli/evaluation_rounding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string_view>
#include <utility>

#include "cli/evaluation_networks.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;

template <class Result>
const Result* Find(const std::vector<Result>& rows, std::string_view name,
                   const std::optional<std::uint32_t>& seed) {
  for (const Result& row : rows) {
    if (row.row == name && row.seed == seed) return &row;
  }
  return nullptr;
}

// Adds what changed between the two rows, seed by seed, if both are there.
template <class Result, class Get>
void Add(std::string figure, const std::vector<Result>& rows, const RoundedRow& pair,
         const Get& get, Rounding& rounding) {
  RoundingChange change{std::move(figure), {}};
  std::vector<std::uint32_t> seeds;
  for (const Result& row : rows) {
    if (row.row != pair.as_trained) continue;
    const Result* rounded = Find(rows, pair.rounded, row.seed);
    if (rounded == nullptr) continue;
    change.by_seed.push_back(get(*rounded) - get(row));
    seeds.push_back(row.seed.value_or(0));
  }
  if (seeds.empty()) return;
  rounding.seeds = std::move(seeds);
  rounding.changes.push_back(std::move(change));
}

}  // namespace

double RoundingChange::Mean() const {
  return std::accumulate(by_seed.begin(), by_seed.end(), 0.0) /
         static_cast<double>(by_seed.size());
}

double RoundingChange::Furthest() const {
  return *std::ranges::max_element(by_seed, {},
                                   [](double change) { return std::abs(change); });
}

std::vector<Rounding> CompareRounding(const Report& report) {
  std::vector<Rounding> all;
  for (const RoundedRow& pair : kRoundedRows) {
    Rounding rounding{pair.as_trained, {}, {}};
    for (const DegradationTable& table : report.degradation) {
      const std::string which = &table == &report.degradation.front() ? "P3" : "P3 fixed";
      Add(
          which + " AUROC", table.rows, pair, [](const auto& r) { return r.auroc.value; },
          rounding);
      Add(
          which + " pooled AUROC", table.rows, pair,
          [](const auto& r) { return r.pooled.value; }, rounding);
    }
    for (std::size_t level = 0; level < evaluation::kLevelsDb.size(); ++level) {
      std::array<char, 32> figure{};
      std::snprintf(figure.data(), figure.size(), "P4 AUROC %.0f dB",
                    evaluation::kLevelsDb[level]);
      Add(
          figure.data(), report.limit, pair,
          [level](const auto& r) { return r.auroc[level].value; }, rounding);
    }
    if (!rounding.changes.empty()) all.push_back(std::move(rounding));
  }
  return all;
}

}  // namespace torpor::cli

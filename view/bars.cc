#include "view/bars.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace torpor::view {
namespace {

using telemetry::Phase;

constexpr std::array<const char*, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 8> kAscii = {"_", ".", ":", "-", "=", "+", "*", "#"};

bool Known(const std::optional<double>& value) { return value && std::isfinite(*value); }

}  // namespace

std::string LimitBar(std::optional<double> value, double limit, std::size_t columns,
                     const Look& look) {
  if (columns == 0) return {};
  std::vector<std::string> cells(columns, " ");
  const double most =
      Known(value) ? std::max(2 * limit, std::max(*value, 0.0)) : 2 * limit;
  const auto column = [&](double at) {
    return most > 0 ? std::min(static_cast<std::size_t>(
                                   std::lround(at / most * static_cast<double>(columns))),
                               columns)
                    : 0;
  };
  if (Known(value)) {
    const char* full = look.utf8 ? "█" : "#";
    std::fill_n(cells.begin(), column(std::max(*value, 0.0)), full);
  } else {
    cells[0] = "?";
  }
  // Between the cells of what is allowed and of what is not.
  cells[std::min(std::max<std::size_t>(column(limit), 1), columns - 1)] = "|";
  std::string bar;
  for (const std::string& cell : cells) bar += cell;
  return bar;
}

std::string Sparkline(std::span<const std::optional<double>> values, std::size_t columns,
                      const Look& look) {
  if (values.size() > columns) values = values.last(columns);
  double least = INFINITY, most = -INFINITY;
  for (const auto& value : values) {
    if (!Known(value)) continue;
    least = std::min(least, *value);
    most = std::max(most, *value);
  }
  const auto& levels = look.utf8 ? kBlocks : kAscii;
  std::string line;
  for (const auto& value : values) {
    if (!Known(value)) {
      line += '?';
      continue;
    }
    // What differs by less than a hundredth is the same, not noise to be looked at.
    const double range = most - least;
    const bool flat = range <= std::max(std::abs(most), std::abs(least)) * 0.01;
    const double height = flat ? 0.5 : (*value - least) / range;
    line += levels[static_cast<std::size_t>(std::lround(height * 7))];
  }
  return line;
}

char LetterOf(Phase phase) {
  constexpr std::array<char, telemetry::kPhases> kLetters = {'w', 'c', 'i', 'l',
                                                             'j', 'r', 'z'};
  return kLetters[static_cast<std::size_t>(phase)];
}

std::string_view NameOf(Phase phase) {
  constexpr std::array<std::string_view, telemetry::kPhases> kNames = {
      "wake", "collect", "infer", "release", "judge", "report", "asleep"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::string PhaseBar(std::span<const std::pair<Phase, Microseconds>> phases,
                     std::size_t columns) {
  double all = 0;
  std::size_t some = 0;
  for (const auto& [phase, took] : phases) {
    all += static_cast<double>(std::max<std::int64_t>(took.count(), 0));
    if (took.count() > 0) ++some;
  }
  if (some == 0) return {};
  columns = std::max(columns, some);
  std::vector<std::size_t> wide;
  std::size_t sum = 0;
  for (const auto& [phase, took] : phases) {
    const double share =
        static_cast<double>(std::max<std::int64_t>(took.count(), 0)) / all;
    const auto cells =
        static_cast<std::size_t>(std::lround(share * static_cast<double>(columns)));
    wide.push_back(took.count() > 0 ? std::max<std::size_t>(cells, 1) : 0);
    sum += wide.back();
  }
  // The widest gives or takes what rounding left.
  for (; sum > columns; --sum) --*std::ranges::max_element(wide);
  *std::ranges::max_element(wide) += columns - sum;
  std::string bar;
  for (std::size_t i = 0; i < wide.size(); ++i)
    bar.append(wide[i], LetterOf(phases[i].first));
  return bar;
}

}  // namespace torpor::view

#include "detect/thresholds.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace torpor::detect {
namespace {

constexpr double kLowest = -std::numeric_limits<double>::infinity();

struct Highest {
  double level = kLowest;
  std::size_t by = 0;
};

// Over all machines, of one number made of each measurement.
template <class Number>
Highest HighestLevel(std::span<const Healthy> machines, const Rule& rule, Number number) {
  Highest highest;
  std::vector<double> scores;
  for (std::size_t m = 0; m < machines.size(); ++m) {
    scores.clear();
    for (const Measured& measured : machines[m]) scores.push_back(number(measured));
    const double level = AlarmLevel(scores, rule);
    if (level > highest.level) highest = {level, m};
  }
  return highest;
}

}  // namespace

double AlarmLevel(std::span<const double> scores, const Rule& rule) {
  double highest = kLowest;
  std::vector<double> last;
  for (std::size_t end = rule.alarm_k; end <= scores.size(); ++end) {
    const std::size_t begin = end > rule.alarm_n ? end - rule.alarm_n : 0;
    last.assign(scores.begin() + static_cast<std::ptrdiff_t>(begin),
                scores.begin() + static_cast<std::ptrdiff_t>(end));
    std::ranges::nth_element(last, last.begin() + (rule.alarm_k - 1), std::greater<>());
    highest = std::max(highest, last[rule.alarm_k - 1]);
  }
  return highest;
}

NestedThresholds FindThresholds(std::span<const Healthy> machines, const Rule& rule,
                                const Margins& margins) {
  const Highest distance = HighestLevel(
      machines, rule, [](const Measured& measured) { return measured.distance; });
  NestedThresholds found;
  found.thresholds.distance = distance.level * margins.classical;
  found.distance_by = distance.by;

  const Highest logit = HighestLevel(
      machines, rule, [](const Measured& m) { return m.logit.value_or(kLowest); });
  if (!std::isfinite(logit.level)) return found;
  found.thresholds.logit = logit.level + std::log(margins.network);
  found.logit_by = logit.by;

  // Each channel alone reaches 1 at most; taking turns they may reach more.
  const Thresholds bare{distance.level, logit.level};
  const double together = HighestLevel(machines, rule, [&bare](const Measured& measured) {
                            return Fuse(measured, bare).score;
                          }).level;
  found.thresholds.distance *= std::max(1.0, together);
  found.thresholds.logit += std::log(std::max(1.0, together));
  return found;
}

}  // namespace torpor::detect

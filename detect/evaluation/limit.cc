#include "detect/evaluation/limit.h"

#include <algorithm>

#include "detect/evaluation/threshold.h"

namespace torpor::detect::evaluation {

std::optional<Limit> JudgeLimit(const ScoreTable& table,
                                const std::vector<Machine>& machines,
                                std::uint64_t seed) {
  const auto complete = [](const std::vector<Vector>& levels) {
    return levels.size() == kLevelsDb.size();
  };
  if (!std::ranges::all_of(table.injected, complete)) return std::nullopt;
  Limit limit;
  limit.row = table.row;
  limit.seed = table.seed;
  const std::size_t n = machines.size();
  std::vector<Vector> healthy;
  std::vector<double> thresholds;
  for (std::size_t i = 0; i < n; ++i) {
    const Span test = machines[i].spans.healthy;
    healthy.push_back(table.life[i].segment(static_cast<Eigen::Index>(test.first),
                                            static_cast<Eigen::Index>(test.count())));
    thresholds.push_back(ForeignThreshold(table, machines, i).value);
    limit.negatives += test.count();
    limit.positives += static_cast<std::size_t>(table.injected[i].front().size());
  }
  for (std::size_t level = 0; level < kLevelsDb.size(); ++level) {
    std::vector<Vector> faulty;
    for (const auto& levels : table.injected) faulty.push_back(levels[level]);
    const Wins wins(faulty, healthy);
    limit.auroc[level] = Resampled(
        n, [&](const std::vector<std::size_t>& m) { return wins.PooledAuroc(m); }, seed);
    limit.tpr[level] = Resampled(
        n,
        [&](const std::vector<std::size_t>& drawn) {
          double over = 0, all = 0;
          for (const std::size_t m : drawn) {
            over += static_cast<double>((faulty[m].array() > thresholds[m]).count());
            all += static_cast<double>(faulty[m].size());
          }
          return over / all;
        },
        seed);
  }
  return limit;
}

}  // namespace torpor::detect::evaluation

#include "detect/evaluation/threshold.h"

#include <limits>

namespace torpor::detect::evaluation {

Threshold ForeignThreshold(const ScoreTable& table, const std::vector<Machine>& machines,
                           std::size_t judged) {
  Threshold threshold{-std::numeric_limits<double>::infinity(), judged};
  for (std::size_t j = 0; j < machines.size(); ++j) {
    if (j == judged) continue;
    const Span test = machines[j].spans.healthy;
    const double highest = table.nested[judged][j]
                               .segment(static_cast<Eigen::Index>(test.first),
                                        static_cast<Eigen::Index>(test.count()))
                               .maxCoeff();
    if (highest > threshold.value) threshold = {highest, j};
  }
  if (table.threshold_is_one) threshold.value = 1;
  return threshold;
}

}  // namespace torpor::detect::evaluation

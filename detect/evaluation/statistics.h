// How sure a figure is: intervals by resampling machines, bounds of rates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "detect/evaluation/minutes.h"

namespace torpor::detect::evaluation {

// Of 95 %.
struct Interval {
  double low = 0, high = 0;
};

struct Figure {
  double value = 0;
  Interval interval;
  std::vector<double> draws;  // of each draw, in the order in which they were made
};

// A figure of a list of machines, by number; one may occur more than once.
using FigureOf = std::function<double(const std::vector<std::size_t>& machines)>;

// The figure of all `machines`, and the interval in which it lies for 95 % of as many
// machines drawn from them with replacement. The draws follow from the seed.
// Source: Efron 1979 (percentile bootstrap).
[[nodiscard]] Figure Resampled(std::size_t machines, const FigureOf& figure,
                               std::uint64_t seed);

// The mean of some figures (of several seeds) less another one, paired: of the same
// machines, draw by draw. All of one seed and number of machines.
[[nodiscard]] Figure Difference(const std::vector<const Figure*>& figures,
                                const Figure& other);

// How often a positive is above a negative, of which machine each may be: what an AUROC
// of any set of machines is counted from. Ties half.
class Wins {
 public:
  Wins(const std::vector<Vector>& positives, const std::vector<Vector>& negatives);
  // Positives and negatives of each machine by themselves, then the mean.
  [[nodiscard]] double MeanAuroc(const std::vector<std::size_t>& machines) const;
  // All of them in one heap.
  [[nodiscard]] double PooledAuroc(const std::vector<std::size_t>& machines) const;

 private:
  Matrix wins_;  // [positives of, negatives of]
  Vector positives_, negatives_;
};

}  // namespace torpor::detect::evaluation

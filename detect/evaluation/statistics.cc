#include "detect/evaluation/statistics.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "detect/evaluate.h"

namespace torpor::detect::evaluation {
namespace {

constexpr std::size_t kDraws = 2000;

Eigen::Index At(std::size_t i) { return static_cast<Eigen::Index>(i); }

Interval IntervalOf(std::vector<double> values) {
  std::ranges::sort(values);
  return {values[kDraws * 25 / 1000], values[kDraws * 975 / 1000 - 1]};
}

}  // namespace

Figure Resampled(std::size_t machines, const FigureOf& figure, std::uint64_t seed) {
  std::vector<std::size_t> drawn(machines);
  std::iota(drawn.begin(), drawn.end(), 0);
  Figure result{figure(drawn), {}, {}};
  // Not uniform_int_distribution, which every library does in its own way.
  std::mt19937_64 random(seed);
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    for (std::size_t& machine : drawn) machine = random() % machines;
    result.draws.push_back(figure(drawn));
  }
  result.interval = IntervalOf(result.draws);
  return result;
}

Figure Difference(const std::vector<const Figure*>& figures, const Figure& other) {
  const double share = 1.0 / static_cast<double>(figures.size());
  Figure result{-other.value, {}, std::vector<double>(kDraws)};
  for (const Figure* figure : figures) {
    result.value += share * figure->value;
    for (std::size_t i = 0; i < kDraws; ++i) {
      result.draws[i] += share * (figure->draws[i] - other.draws[i]);
    }
  }
  result.interval = IntervalOf(result.draws);
  return result;
}

Wins::Wins(const std::vector<Vector>& positives, const std::vector<Vector>& negatives)
    : wins_(At(positives.size()), At(negatives.size())),
      positives_(At(positives.size())),
      negatives_(At(negatives.size())) {
  for (std::size_t i = 0; i < positives.size(); ++i) {
    const std::vector<double> above(positives[i].begin(), positives[i].end());
    positives_(At(i)) = static_cast<double>(above.size());
    for (std::size_t j = 0; j < negatives.size(); ++j) {
      const std::vector<double> below(negatives[j].begin(), negatives[j].end());
      negatives_(At(j)) = static_cast<double>(below.size());
      wins_(At(i), At(j)) = Auroc(above, below) * static_cast<double>(above.size()) *
                            static_cast<double>(below.size());
    }
  }
}

double Wins::MeanAuroc(const std::vector<std::size_t>& machines) const {
  double sum = 0;
  for (const std::size_t m : machines) {
    sum += wins_(At(m), At(m)) / (positives_(At(m)) * negatives_(At(m)));
  }
  return sum / static_cast<double>(machines.size());
}

double Wins::PooledAuroc(const std::vector<std::size_t>& machines) const {
  double wins = 0, positives = 0, negatives = 0;
  for (const std::size_t i : machines) {
    positives += positives_(At(i));
    negatives += negatives_(At(i));
    for (const std::size_t j : machines) wins += wins_(At(i), At(j));
  }
  return wins / (positives * negatives);
}

}  // namespace torpor::detect::evaluation

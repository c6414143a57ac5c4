#include "detect/evaluation/statistics.h"

#include <gtest/gtest.h>

#include <numeric>

#include "detect/evaluate.h"
#include "detect/evaluation/spans.h"

namespace torpor::detect::evaluation {
namespace {

Vector Of(std::initializer_list<double> values) {
  Vector v(static_cast<Eigen::Index>(values.size()));
  std::copy(values.begin(), values.end(), v.begin());
  return v;
}

TEST(Wins, ArePooledAndByMachineAsAurocCounts) {
  const std::vector<Vector> positives = {Of({3, 4}), Of({1, 1, 2})};
  const std::vector<Vector> negatives = {Of({0, 1, 5}), Of({1})};
  const Wins wins(positives, negatives);
  EXPECT_NEAR(wins.PooledAuroc({0, 1}), Auroc({3, 4, 1, 1, 2}, {0, 1, 5, 1}), 1e-12);
  EXPECT_NEAR(wins.MeanAuroc({0, 1}),
              (Auroc({3, 4}, {0, 1, 5}) + Auroc({1, 1, 2}, {1})) / 2, 1e-12);
  // A machine that was drawn twice counts twice.
  EXPECT_NEAR(wins.PooledAuroc({1, 1}), Auroc({1, 1, 2}, {1}), 1e-12);
}

TEST(Resampled, IsTheFigureOfAllAndAnIntervalOfMachinesDrawnAgain) {
  const std::vector<double> values = {0, 0, 0, 1, 1, 1, 1, 1, 1};
  const auto mean = [&](const std::vector<std::size_t>& machines) {
    double sum = 0;
    for (const std::size_t m : machines) sum += values[m];
    return sum / static_cast<double>(machines.size());
  };
  const Figure figure = Resampled(values.size(), mean, 1);
  EXPECT_NEAR(figure.value, 2.0 / 3, 1e-12);
  // 2.5 and 97.5 % of a binomial of 9 draws with 2/3: 3 and 9 of 9.
  EXPECT_NEAR(figure.interval.low, 3.0 / 9, 1e-12);
  EXPECT_NEAR(figure.interval.high, 8.5 / 9, 0.1);
  const Figure again = Resampled(values.size(), mean, 1);
  EXPECT_EQ(again.interval.low, figure.interval.low);
}

TEST(Difference, IsPairedMachineByMachine) {
  // Machines differ much, and each by a little and always to the same side.
  const std::vector<double> low = {0, 10, 20, 30, 40, 50};
  const auto figure = [&](double more) {
    return Resampled(
        low.size(),
        [&low, more](const std::vector<std::size_t>& machines) {
          double sum = 0;
          for (const std::size_t m : machines) sum += low[m] + more;
          return sum / static_cast<double>(machines.size());
        },
        3);
  };
  const Figure a = figure(1), b = figure(3), c = figure(0);
  EXPECT_GT(b.interval.high - b.interval.low, 10);
  const Figure difference = Difference({&a, &b}, c);
  EXPECT_NEAR(difference.value, 2, 1e-9);
  EXPECT_NEAR(difference.interval.low, 2, 1e-9);
  EXPECT_NEAR(difference.interval.high, 2, 1e-9);
}

TEST(Spans, AreTheSharesOfALife) {
  const Spans spans = Spans::Of(467, {});
  EXPECT_TRUE(spans.Usable());
  EXPECT_EQ(spans.own.first, 9U);
  EXPECT_EQ(spans.own.end, 93U);
  EXPECT_EQ(spans.taught.end, 163U);
  EXPECT_EQ(spans.healthy.first, 93U);
  EXPECT_EQ(spans.healthy.end, 163U);
  EXPECT_EQ(spans.middle.first, 186U);
  EXPECT_EQ(spans.middle.end, 256U);
  EXPECT_EQ(spans.end.first, 444U);
  EXPECT_EQ(Spans::Of(85, {}).end.count(), 5U);  // not the 4 that 5 % would be
  EXPECT_EQ(Spans::Of(20, {}).healthy.end, 7U);  // 0.35 x 20, exactly
}

TEST(Spans, OfAFixedCommissioningBeginAfterItsRunIn) {
  const Spans spans = Spans::Of(85, {false, 20});
  EXPECT_TRUE(spans.Usable());
  EXPECT_EQ(spans.own.first, 5U);
  EXPECT_EQ(spans.own.end, 20U);
  EXPECT_EQ(spans.taught.first, 5U);
  EXPECT_EQ(spans.healthy.first, 20U);  // not 17, which is commissioning still
  EXPECT_EQ(spans.healthy.end, 29U);
}

TEST(Spans, OfALifeThatIsTooShortAreNotUsable) {
  for (std::size_t minutes = 0; minutes < 40; ++minutes) {
    EXPECT_FALSE(Spans::Of(minutes, {}).Usable()) << minutes;
  }
  EXPECT_TRUE(Spans::Of(50, {}).Usable());
  EXPECT_FALSE(Spans::Of(50, {false, 20}).Usable());
}

}  // namespace
}  // namespace torpor::detect::evaluation

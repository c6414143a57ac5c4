#include "power/rung_costs.h"

#include <algorithm>
#include <cmath>

namespace torpor::power {
namespace {

struct Mean {
  double mean = 0;
  double error = 0;  // standard error of it
};

Mean MeanOf(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Mean mean;
  for (const double value : values) mean.mean += value / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean.mean) * (value - mean.mean);
  mean.error = std::sqrt(squares / (n - 1) / n);
  return mean;
}

std::int64_t Rounded(double value) { return std::llround(value); }
std::int64_t RoundedUp(double value) {
  return static_cast<std::int64_t>(std::ceil(value));
}

// uJ / us is W; in uW.
double Power(Microjoules energy, Microseconds time) {
  return static_cast<double>(energy.value) / static_cast<double>(time.count()) * 1e6;
}

// What is left of an energy when the idle machine's share is taken off, in uJ.
double AboveIdle(Microjoules energy, Microseconds time, double idle_uw) {
  return static_cast<double>(energy.value) -
         idle_uw * static_cast<double>(time.count()) / 1e6;
}

bool AreAlike(const std::vector<RungRound>& rounds) {
  const RungRound& first = rounds.front();
  if (first.empty() || first.front().rung != Rung::kChildExited) return false;
  return std::ranges::all_of(rounds, [&first](const RungRound& round) {
    return std::ranges::equal(round, first, {}, &RungTurn::rung, &RungTurn::rung) &&
           std::ranges::all_of(round, [](const RungTurn& turn) {
             return turn.rest_time > Microseconds{0};
           });
  });
}

}  // namespace

Result<std::vector<RungCost>> CostsOf(const std::vector<RungRound>& rounds) {
  if (rounds.size() < 2 || !AreAlike(rounds)) return Status::kUsage;
  std::vector<RungCost> costs;
  for (std::size_t i = 0; i < rounds.front().size(); ++i) {
    RungCost cost{.rung = rounds.front()[i].rung};
    std::vector<double> enter, parked, exit;
    for (const RungRound& round : rounds) {
      const RungTurn& cold = round.front();
      const RungTurn& turn = round[i];
      const double idle = Power(cold.rest, cold.rest_time);
      enter.push_back(AboveIdle(turn.enter, turn.enter_time, idle));
      exit.push_back(AboveIdle(turn.exit, turn.exit_time, idle));
      parked.push_back(Power(turn.rest, turn.rest_time) - idle);
      cost.exit_latency = std::max(cost.exit_latency, turn.exit_time);
    }
    const Mean entering = MeanOf(enter), resting = MeanOf(parked), leaving = MeanOf(exit);
    cost.enter = {Rounded(entering.mean)};
    cost.enter_error = {RoundedUp(entering.error)};
    cost.parked = {Rounded(resting.mean)};
    cost.parked_error = {RoundedUp(resting.error)};
    cost.exit = {Rounded(leaving.mean)};
    cost.exit_error = {RoundedUp(leaving.error)};
    cost.repetitions = static_cast<std::uint32_t>(rounds.size());
    costs.push_back(cost);
  }
  return costs;
}

}  // namespace torpor::power

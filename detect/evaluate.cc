#include "detect/evaluate.h"

#include <algorithm>
#include <cmath>

#include "detect/replay.h"

namespace torpor::detect {
namespace {

// Scores of the cycles from one share of a life to another; abstentions left out.
std::vector<double> Part(const std::vector<double>& scores, double from, double to) {
  const auto at = [&](double share) {
    return scores.begin() +
           static_cast<std::ptrdiff_t>(share * static_cast<double>(scores.size()));
  };
  std::vector<double> part(at(from), at(to));
  std::erase_if(part, [](double score) { return std::isnan(score); });
  return part;
}

double ShareOver(const std::vector<double>& scores) {
  if (scores.empty()) return 0;
  const auto over = std::ranges::count_if(scores, [](double s) { return s >= 1; });
  return static_cast<double>(over) / static_cast<double>(scores.size());
}

}  // namespace

double Auroc(const std::vector<double>& positives, std::vector<double> negatives) {
  if (positives.empty() || negatives.empty()) return 0.5;
  std::ranges::sort(negatives);
  double wins = 0;
  for (const double p : positives) {
    const auto low = std::ranges::lower_bound(negatives, p);
    const auto high = std::ranges::upper_bound(negatives, p);
    wins += static_cast<double>(low - negatives.begin()) +
            0.5 * static_cast<double>(high - low);
  }
  return wins /
         (static_cast<double>(positives.size()) * static_cast<double>(negatives.size()));
}

double UpperBound(std::size_t happened, std::size_t of) {
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double rate = (low + high) / 2;
    // P(X <= happened) of a binomial, term by term.
    double term = std::pow(1 - rate, static_cast<double>(of)), chance = 0;
    for (std::size_t x = 0; x <= std::min(happened, of); ++x) {
      chance += term;
      term *=
          static_cast<double>(of - x) / static_cast<double>(x + 1) * rate / (1 - rate);
    }
    (chance > 0.05 ? low : high) = rate;
  }
  return high;
}

Outcome Judge(const Life& life, const Fitted& fitted, model::Inference* network) {
  Outcome outcome;
  outcome.id = life.id;
  outcome.cycles = life.looks.size();
  outcome.healthy_cycles = life.healthy_cycles;
  outcome.threshold = fitted.baseline.threshold;
  outcome.threshold_by = fitted.threshold_by;
  outcome.logit_threshold = fitted.baseline.logit_threshold;
  outcome.logit_threshold_by = fitted.logit_threshold_by;

  const auto judgements = Replay(life, fitted.baseline, network, life.looks.size());
  std::vector<double> scores(life.looks.size(), std::nan(""));
  for (std::size_t i = 0; i < judgements.size(); ++i) {
    const Judgement& judged = judgements[i];
    if (judged.verdict == Verdict::kAbstain) {
      ++outcome.abstained;
      continue;
    }
    scores[i] = judged.score;
    if (judged.alarm) {
      ++outcome.episodes;
      if (!outcome.first_alarm) {
        outcome.first_alarm = i;
        outcome.first_alarm_by = judged.spoke;
      }
    }
  }
  outcome.false_alarm = outcome.first_alarm && *outcome.first_alarm < life.healthy_cycles;
  const double healthy_share =
      static_cast<double>(life.healthy_cycles) /
      static_cast<double>(std::max<std::size_t>(1, scores.size()));
  const auto healthy = Part(scores, 0, std::min(1.0, healthy_share));
  const auto end = Part(scores, 0.95, 1.0);
  outcome.healthy_scores = healthy.size();
  outcome.healthy_over = ShareOver(healthy);
  outcome.end_over = ShareOver(end);
  outcome.auroc = Auroc(end, healthy);
  outcome.drift_auroc = Auroc(Part(scores, 0.40, 0.55), healthy);
  return outcome;
}

Result<std::vector<Outcome>> LeaveOneOut(const std::vector<Life>& lives,
                                         const FitOptions& options,
                                         std::string& problem) {
  std::vector<Outcome> outcomes;
  for (const Life& judged : lives) {
    std::vector<const Life*> others;
    for (const Life& life : lives) {
      if (&life != &judged) others.push_back(&life);
    }
    const auto fitted = Fit(others, options, problem);
    if (!fitted.ok()) return fitted.status();
    outcomes.push_back(Judge(judged, *fitted, NetworkFor(judged, options)));
  }
  return outcomes;
}

}  // namespace torpor::detect

// How well the detector does on lives whose end is known: each machine is judged by a fit
// that never saw it, exactly as a robot would judge it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "detect/fit.h"
#include "detect/fusion.h"

namespace torpor::detect {

struct Outcome {
  std::string id;
  std::size_t cycles = 0;
  std::size_t healthy_cycles = 0;  // an alarm before them is false
  std::size_t abstained = 0;
  std::size_t episodes = 0;
  std::optional<std::size_t> first_alarm;  // cycle, from 0
  bool false_alarm = false;                // the first alarm is before healthy_cycles
  double healthy_over = 0;  // share of healthy scores at or above 1, after commissioning
  double end_over = 0;      // share of scores at or above 1 in the last 5 % of life
  double auroc = 0;         // last 5 % of life against the healthy scores
  double drift_auroc = 0;   // 40 to 55 % of life against the healthy ones: ageing alone
  std::size_t healthy_scores = 0;
  double threshold = 0;
  std::string threshold_by;  // the machine that set it
  double logit_threshold = 0;
  std::string logit_threshold_by;         // nothing without a network
  std::optional<Channel> first_alarm_by;  // which channel spoke loudest there
};

// Judges one life from its first cycle to its last, with the network of the fit.
[[nodiscard]] Outcome Judge(const Life& life, const Fitted& fitted,
                            model::Inference* network = nullptr);

// Leave one machine out, for every machine. Refuses as Fit does.
[[nodiscard]] Result<std::vector<Outcome>> LeaveOneOut(const std::vector<Life>& lives,
                                                       const FitOptions& options,
                                                       std::string& problem);

// Share of pairs in which the positive is above the negative, ties half; 0.5 when either
// is empty. Source: Mann and Whitney 1947.
[[nodiscard]] double Auroc(const std::vector<double>& positives,
                           std::vector<double> negatives);

// The highest rate that still lets so few happen with a chance of one in twenty.
// Source: Clopper and Pearson 1934, one-sided.
[[nodiscard]] double UpperBound(std::size_t happened, std::size_t of);

}  // namespace torpor::detect

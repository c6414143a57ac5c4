// From the healthy scores of machines that a fit had no part in to what is a score of 1.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "detect/fusion.h"
#include "detect/rule.h"

namespace torpor::detect {

// The highest level that k of some n scores in a row reached: with a threshold just below
// it the rule would have alarmed. Lower than any score when there are fewer than k.
[[nodiscard]] double AlarmLevel(std::span<const double> scores, const Rule& rule);

// What one machine's healthy cycles measured, in order, abstentions left out.
using Healthy = std::vector<Measured>;

struct NestedThresholds {
  Thresholds thresholds;
  std::size_t distance_by = 0, logit_by = 0;  // the machines that set them
};

// By how much the score of a channel's highest healthy level stays below 1.
struct Margins {
  double classical = 1.2;
  double network = 1.2;
};

// The highest alarm level of any machine, of each channel, with its margin, is a score
// of 1. Where the two channels take turns, both are raised until not even together they
// would have alarmed anywhere.
[[nodiscard]] NestedThresholds FindThresholds(std::span<const Healthy> machines,
                                              const Rule& rule, const Margins& margins);

}  // namespace torpor::detect

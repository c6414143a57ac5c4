// Fits a baseline to the healthy parts of a fleet's lives. On a workstation, not on a
// robot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "detect/baseline.h"
#include "detect/commissioning.h"
#include "detect/life.h"
#include "detect/rule.h"
#include "detect/thresholds.h"
#include "model/inference.h"

namespace torpor::detect {

// The choices of the method that no contract makes; docs/detection.md shows what was
// tried.
struct FitOptions {
  signal::Shape shape;
  Rule rule;
  std::uint32_t run_in_divisor = 4;  // the first quarter of commissioning is run-in
  std::uint32_t fleet_weight_cycles = 1000;
  double shrinkage = 0.3;               // towards a sphere of the same mean variance
  Margins margins;                      // over the highest healthy level of any machine
  model::Inference* network = nullptr;  // null: the classical channel alone
};

inline constexpr std::size_t kFewestMachines = 3;

// What a fit says besides its baseline.
struct Fitted {
  Baseline baseline;
  std::string threshold_by;        // the machine that set the threshold
  std::string logit_threshold_by;  // and that of the network, if there is one
};

// The thresholds of the fit are nested: each machine is scored by a fit without it, and
// the highest level at which one of them would have alarmed, with the margin, is a score
// of 1 (detect/thresholds.h). The network is given: none of these machines may have been
// among those that it was trained on. A machine that is to be judged must not be among
// the lives.
//   kTooFewRecordings   fewer than kFewestMachines
//   kRecordingTooShort  a life's healthy part gives fewer than alarm_n scores; `problem`
//                       names it
//   kOutOfRange         the rule is not one that Baseline can hold
[[nodiscard]] Result<Fitted> Fit(const std::vector<const Life*>& lives,
                                 const FitOptions& options, std::string& problem);

// How far a feature of one window strays within a machine that has just been
// commissioned: the root of the mean variance over `machines`, of which there is one at
// least. What a baseline calls deviation, and what z is made with in training too.
[[nodiscard]] std::vector<float> FleetDeviation(
    std::span<const Commissioning* const> machines);

}  // namespace torpor::detect

// Fits a baseline to the healthy parts of a fleet's lives. On a workstation, not on a
// robot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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
  double shrinkage = 0.3;        // towards a sphere of the same mean variance
  Margins margins;               // over the highest healthy level of any machine
  double portrait_margin = 2.0;  // over the most unsteady and the strangest machine
  model::Inference* network = nullptr;  // null: the classical channel alone
  // By id of a life that this network was trained on: one of the same recipe that was
  // not, to score it with. What a network says of its own teachers is no threshold.
  std::map<std::string, model::Inference*> stand_ins;
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
// of 1 (detect/thresholds.h). The network is given; a machine
// that it was trained on needs a stand-in. A machine that is to be judged must not be
// among the lives.
//   kTooFewRecordings   fewer than kFewestMachines
//   kRecordingTooShort  a life's healthy part gives fewer than alarm_n scores; `problem`
//                       names it
//   kOutOfRange         the rule is not one that Baseline can hold
[[nodiscard]] Result<Fitted> Fit(const std::vector<const Life*>& lives,
                                 const FitOptions& options, std::string& problem);

// Mean over `machines` of each one's own mean, and how far apart these are; a window's
// own straying is added, so that few machines that happen to agree make nobody strange.
void SetTypical(std::span<const Commissioning* const> machines, Baseline& baseline);

// The network that scores a life: its stand-in, or the fit's own.
[[nodiscard]] model::Inference* NetworkFor(const Life& life, const FitOptions& options);

// How far a feature of one window strays within a machine that has just been
// commissioned: the root of the mean variance over `machines`, of which there is one at
// least. What a baseline calls deviation, and what z is made with in training too.
[[nodiscard]] std::vector<float> FleetDeviation(
    std::span<const Commissioning* const> machines);

}  // namespace torpor::detect

// What the training machines have in common, and what is normal for one of them: the
// numbers that a robot has from its baseline and its commissioning.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.h"
#include "train/corpus.h"
#include "train/recipe.h"

namespace torpor::train {

// Mean and spread of every feature over the windows of a commissioning.
// s^2 = (w f^2 + n own^2) / (w + n), as detect/commissioning.h: few cycles do not measure
// a spread well, so the fleet's f counts as w more of them.
class OwnNormal {
 public:
  // `looks` are n windows' features, end to end; `fleet_variance` is f^2.
  OwnNormal(std::span<const float> looks, std::span<const double> fleet_variance,
            double fleet_weight);

  void Standardise(std::span<const float> x, std::span<float> z) const;

 private:
  std::vector<double> mean_;
  std::vector<double> inverse_scale_;
};

struct Fleet {
  std::vector<double> variance;  // of a window within a machine, mean over the machines
  // By part: the Cholesky factor, as detect::Baseline has it, of a fit to the other
  // parts. A machine that is judged is never part of its own baseline, in training
  // neither.
  std::vector<std::vector<float>> factors;
};

// As detect/fit.h does, on what was recorded.
//   kTooFewRecordings  the machines' spectra do not vary at all
[[nodiscard]] Result<Fleet> MeetFleet(const Corpus& corpus, const MachineRecipe& recipe);

}  // namespace torpor::train

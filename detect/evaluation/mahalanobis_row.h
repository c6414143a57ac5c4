// Distance of a minute from normal in the covariance of other machines: the steps that
// led to the classical channel.
#pragma once

#include <memory>
#include <string>

#include "detect/evaluation/row.h"
#include "detect/evaluation/view.h"

namespace torpor::detect::evaluation {

struct MahalanobisChoices {
  std::string name;
  View view = nullptr;
  bool own_mean = true;
  bool own_scale = false;    // in units of the own deviation over commissioning
  double shrinkage = 0.003;  // towards a sphere of the same mean variance
  bool centred = true;       // around the fleet's mean, not each machine's own
  bool ratio = false;        // over the median score of the machine's own commissioning
};

// Score: sqrt(z' S^-1 z / features). Source: Mahalanobis 1936; Ledoit and Wolf 2004.
[[nodiscard]] std::unique_ptr<Row> MakeMahalanobisRow(MahalanobisChoices choices);

}  // namespace torpor::detect::evaluation

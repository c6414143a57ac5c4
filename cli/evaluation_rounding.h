// What rounding a network to int8 changes of its AUROC, seed by seed.
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation_report.h"

namespace torpor::cli {

struct RoundingChange {
  std::string figure;   // "P4 AUROC -10 dB"
  double mean = 0;      // int8 less float, over seeds
  double furthest = 0;  // of one seed, with its sign
};

// Of a row of float networks and the row of the same networks rounded.
struct Rounding {
  std::string row;
  std::vector<RoundingChange> changes;
};

// Empty where the folder of networks has none that were rounded.
[[nodiscard]] std::vector<Rounding> CompareRounding(const Report& report);

}  // namespace torpor::cli

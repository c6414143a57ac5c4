// What rounding a network to int8 changes of its AUROC, seed by seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/evaluation_report.h"

namespace torpor::cli {

struct RoundingChange {
  std::string figure;           // "P4 AUROC -10 dB"
  std::vector<double> by_seed;  // int8 less float
  [[nodiscard]] double Mean() const;
  [[nodiscard]] double Furthest() const;  // from 0, with its sign
};

// Of a row of float networks and the row of the same networks rounded.
struct Rounding {
  std::string row;
  std::vector<std::uint32_t> seeds;
  std::vector<RoundingChange> changes;
};

// Empty where the folder of networks has none that were rounded.
[[nodiscard]] std::vector<Rounding> CompareRounding(const Report& report);

}  // namespace torpor::cli

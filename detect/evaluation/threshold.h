// A threshold that the judged machine had no part in.
#pragma once

#include <cstddef>
#include <vector>

#include "detect/evaluation/machine.h"
#include "detect/evaluation/table.h"

namespace torpor::detect::evaluation {

struct Threshold {
  double value = 0;
  std::size_t by = 0;  // the machine that set it
};

// The highest healthy-test score of all other machines; 1 where the table says so.
[[nodiscard]] Threshold ForeignThreshold(const ScoreTable& table,
                                         const std::vector<Machine>& machines,
                                         std::size_t judged);

}  // namespace torpor::detect::evaluation

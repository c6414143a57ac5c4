// P4: how weak a fault may be and still be told from the bearing's own healthy minutes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "detect/evaluation/machine.h"
#include "detect/evaluation/statistics.h"
#include "detect/evaluation/table.h"

namespace torpor::detect::evaluation {

// Level of the fault against the level of the minute it is put into, in dB.
inline constexpr std::array kLevelsDb = {-15.0, -10.0, -5.0, 0.0};

struct Limit {
  std::string row;
  std::optional<std::uint32_t> seed;
  std::size_t positives = 0, negatives = 0;    // of each level
  std::array<Figure, kLevelsDb.size()> auroc;  // pooled
  std::array<Figure, kLevelsDb.size()> tpr;    // at each machine's foreign threshold
};

// Nothing when the table has no injected minutes.
[[nodiscard]] std::optional<Limit> JudgeLimit(const ScoreTable& table,
                                              const std::vector<Machine>& machines,
                                              std::uint64_t seed);

}  // namespace torpor::detect::evaluation

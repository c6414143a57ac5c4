// Every score that a protocol needs of one row, none of them made by a fit that saw the
// machine it judges. Figures are counted from these and from nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detect/evaluation/machine.h"
#include "detect/evaluation/row.h"

namespace torpor::detect::evaluation {

struct ScoreTable {
  std::string row;
  std::optional<std::uint32_t> seed;  // of a network
  bool threshold_is_one = false;      // the scores are over their thresholds already

  std::vector<Vector> life;                   // [machine] every minute of it
  std::vector<std::vector<Vector>> injected;  // [machine][level]
  // [judged][other]: the minutes of `other` up to the end of its healthy test, by a fit
  // without either. The threshold of `judged` comes from them. Empty where both are one.
  std::vector<std::vector<Vector>> nested;
};

// Called from any thread; may be empty.
using Progress = std::function<void(std::size_t done, std::size_t of)>;

// Leave one machine out, nested, for each row. All cores; the result does not depend on
// how many. Machines are commissioned.
[[nodiscard]] std::vector<ScoreTable> ScoreNested(
    const std::vector<std::unique_ptr<Row>>& rows, const std::vector<Machine>& machines,
    const Progress& progress);

// A row trained elsewhere, by fold: machine m is judged by by_fold[m.fold], taught by the
// machines of other folds. The healthy minutes of a machine are part of what the networks
// of other folds were trained on, so the thresholds are foreign to it by their scores
// alone.
[[nodiscard]] ScoreTable ScoreByFold(const std::vector<std::unique_ptr<Row>>& by_fold,
                                     std::uint32_t seed,
                                     const std::vector<Machine>& machines);

// The machine with a score that is not finite, if any: nothing may be counted from it.
[[nodiscard]] std::optional<std::size_t> NotFinite(const ScoreTable& table);

// An exponential mean over the minutes from the first of commissioning on:
// s = share * score + (1 - share) * s. Not for minutes that were injected one by one.
// Source: Roberts 1959.
[[nodiscard]] ScoreTable Smooth(const ScoreTable& table, double share,
                                const std::vector<Machine>& machines);

// The larger of two scores, each over its own foreign threshold; 1 is the threshold.
[[nodiscard]] ScoreTable FuseByThreshold(const ScoreTable& a, const ScoreTable& b,
                                         const std::vector<Machine>& machines);

}  // namespace torpor::detect::evaluation

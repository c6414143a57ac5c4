// What a network is shown of healthy machines, exactly as a robot would show it: for
// calibrating its scales.
#pragma once

#include <span>
#include <vector>

#include "core/result.h"
#include "detect/fit.h"

namespace torpor::detect {

struct Showings {
  std::vector<std::vector<float>> inputs;  // model::Assemble of one score's mean
  std::vector<std::size_t> life;           // which of the lives each is of
};

// Each life is taken in as by its own robot; of its healthy part after commissioning each
// score_cycles windows in a row make one showing, and no window is in two.
//   kTooFewRecordings  no healthy part lasts that long
//   kNotANumber        an input is not finite
[[nodiscard]] Result<Showings> ShowHealthy(std::span<const Life* const> lives,
                                           const Baseline& baseline);

}  // namespace torpor::detect

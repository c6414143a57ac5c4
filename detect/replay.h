// Judges a life that is known from its beginning, exactly as a robot would have judged
// it.
#pragma once

#include <cstddef>
#include <vector>

#include "detect/baseline.h"
#include "detect/detector.h"
#include "detect/life.h"
#include "model/inference.h"

namespace torpor::detect {

// One judgement of each of the first `cycles` looks. With a network (null: none) every
// judged cycle has a logit; the baseline's threshold for it is used whatever its digest
// says, because a fit that is under way has none yet.
[[nodiscard]] std::vector<Judgement> Replay(const Life& life, const Baseline& baseline,
                                            model::Inference* network,
                                            std::size_t cycles);

}  // namespace torpor::detect

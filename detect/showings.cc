#include "detect/showings.h"

#include <algorithm>

#include "detect/intake.h"
#include "model/assemble.h"

namespace torpor::detect {

Result<Showings> ShowHealthy(std::span<const Life* const> lives,
                             const Baseline& baseline) {
  Showings showings;
  for (std::size_t l = 0; l < lives.size(); ++l) {
    const Life& life = *lives[l];
    Intake intake(baseline);
    std::uint32_t taken = 0;
    for (std::size_t i = 0; i < std::min(life.healthy_cycles, life.looks.size()); ++i) {
      const Look& look = life.looks[i];
      if (look.status != Status::kOk || intake.Take(look.output) != Status::kOk) continue;
      if (++taken % baseline.rule.score_cycles != 0) continue;
      std::vector<float> z(2 * intake.mean().size());
      const Status made = model::Assemble(intake.mean(), intake.context().normal(), z);
      if (made != Status::kOk) return made;
      showings.inputs.push_back(std::move(z));
      showings.life.push_back(l);
    }
  }
  if (showings.inputs.empty()) return Status::kTooFewRecordings;
  return showings;
}

}  // namespace torpor::detect

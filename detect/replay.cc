#include "detect/replay.h"

#include <algorithm>

namespace torpor::detect {

std::vector<Judgement> Replay(const Life& life, const Baseline& baseline,
                              model::Inference* network, std::size_t cycles) {
  Detector detector(baseline, BoundTo({}, network));
  std::vector<Judgement> judged;
  model::Output output;
  for (std::size_t i = 0; i < std::min(cycles, life.looks.size()); ++i) {
    Status status = life.looks[i].status;
    if (status == Status::kOk) {
      output = life.looks[i].output;
      if (network != nullptr && detector.context().knows_the_machine()) {
        status = network->Logit(detector.context(), output.features(), output.logit);
        output.has_logit = status == Status::kOk;
      }
    }
    judged.push_back(status == Status::kOk ? detector.Judge(output)
                                           : Detector::Abstain(status));
  }
  return judged;
}

}  // namespace torpor::detect

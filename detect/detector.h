// Says of each cycle whether the machine is as it was when it was new: normal, anomaly,
// or nothing, with the reason. How well, and how that was measured: docs/detection.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/status.h"
#include "detect/alarm.h"
#include "detect/baseline.h"
#include "detect/fusion.h"
#include "detect/intake.h"
#include "model/engine.h"
#include "model/inference.h"

namespace torpor::detect {

enum class Verdict : std::uint8_t { kNormal, kAnomaly, kAbstain };

struct Judgement {
  Verdict verdict = Verdict::kAbstain;
  Status why = Status::kOk;             // of abstaining
  double score = 0;                     // 1 is the threshold; 0 when abstained
  bool alarm = false;                   // the first cycle of an episode
  Channel spoke = Channel::kClassical;  // whose score it is
  Measured measured;                    // what each channel found
};

// What a detector is bound to besides its baseline: what is saved under one is not
// continued under another.
struct Bound {
  Digest contract{};  // its id
  Digest network{};   // whose logits are judged; zeros: the classical channel alone
  double classical_weight = 0;  // of that network
};
[[nodiscard]] Bound BoundTo(const Digest& contract, const model::Inference* network);

// Two channels look at the mean of the last score_cycles windows: the distance of its
// spectrum from the machine's own commissioning, in the fleet's covariance
// (detect/classical.h), and the network's logit, which the engine brings. Each has its
// threshold in the baseline; detect/fusion.h makes them one score. A score every cycle,
// so that none goes without a verdict. One thread at a time.
class Detector {
 public:
  Detector(Baseline baseline, const Bound& bound);
  Detector(Detector&&) = default;
  Detector& operator=(Detector&&) = default;

  // What the engine is to infer the next window with.
  [[nodiscard]] const model::Context& context() const { return intake_.context(); }

  // One usable batch, once a cycle. Abstains for the reasons of Intake::Take; a reason to
  // abstain changes no memory of the machine. kInternal when a network is to judge and
  // the engine brings no logit of a machine that is known.
  [[nodiscard]] Judgement Judge(const model::Output& output);
  // A cycle that had nothing to judge.
  [[nodiscard]] static Judgement Abstain(Status why) {
    return {.why = why, .measured = {}};
  }

  [[nodiscard]] bool commissioned() const { return intake_.own().complete(); }
  [[nodiscard]] std::uint32_t commissioned_cycles() const { return intake_.own().seen(); }
  [[nodiscard]] bool in_episode() const { return alarm_.in_episode(); }
  [[nodiscard]] const Baseline& baseline() const { return baseline_; }

  // All that the detector remembers, to be journalled each cycle. Loaded into a detector
  // of the same baseline and contract, that one continues bit for bit.
  [[nodiscard]] std::vector<std::byte> Save() const;
  // Leaves the detector as it was unless kOk:
  //   kStateMalformed    cut, flipped, of another version, or not finite
  //   kBaselineMismatch  saved under another baseline
  //   kModelMismatch     saved with another network, or without one
  //   kContractDiffers   saved under another contract
  [[nodiscard]] Status Load(std::span<const std::byte> bytes);

 private:
  [[nodiscard]] bool asks_the_network() const { return bound_.network != Digest{}; }

  Baseline baseline_;
  Bound bound_;
  Intake intake_;
  Alarm alarm_;
  std::vector<float> z_;  // of the last mean, whitened
};

}  // namespace torpor::detect

// Says of each cycle whether the machine is as it was when it was new: normal, anomaly,
// or nothing, with the reason. How well, and how that was measured: docs/detection.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/status.h"
#include "detect/alarm.h"
#include "detect/baseline.h"
#include "detect/contracted.h"
#include "detect/explanation.h"
#include "detect/fusion.h"
#include "detect/intake.h"
#include "detect/speed_bins.h"
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
  Ground ground{};   // what of the contract gives meaning to what was learned
  Digest network{};  // whose logits are judged; zeros: the classical channel alone
  double classical_weight = 0;  // of that network
};
[[nodiscard]] Bound BoundTo(const Ground& ground, const model::Inference* network);

// Two channels look at the mean of the last score_cycles windows: the distance of its
// spectrum from the machine's own commissioning, in the fleet's covariance
// (detect/classical.h), and the network's logit, which the engine brings. Each has its
// threshold in the baseline; detect/fusion.h makes them one score. A score every cycle,
// so that none goes without a verdict. One thread at a time.
class Detector {
 public:
  Detector(Baseline baseline, const Bound& bound);

  // What the engine is to infer the next window with, at the speed that its batch
  // carries (signal/speed.h). Knows no machine while that speed has not been learned.
  [[nodiscard]] const model::Context& context(
      std::uint32_t millirpm = signal::kSpeedUnknown) const;

  // One usable batch, once a cycle. Abstains for the reasons of Intake::Take; a reason to
  // abstain changes no memory of the machine.
  //   kInternal         a network is to judge and the engine brings no logit of a machine
  //                     that is known
  //   kAccelerating     the speed changed within the window, or since the last one
  //   kSpeedUnfamiliar  as SpeedBins::Take
  [[nodiscard]] Judgement Judge(const model::Output& output,
                                std::uint32_t millirpm = signal::kSpeedUnknown);
  // Why the judgement that was just made at this speed is what it is.
  [[nodiscard]] Explanation Explain(std::uint32_t millirpm, Channel spoke,
                                    const std::optional<BearingGeometry>& bearing) const;

  // A cycle that had nothing to judge.
  [[nodiscard]] static Judgement Abstain(Status why) {
    return {.why = why, .measured = {}};
  }

  // Of the speed that was heard last; how many cycles of it were learned, of how many.
  [[nodiscard]] bool commissioned() const;
  [[nodiscard]] std::uint32_t commissioned_cycles() const;
  [[nodiscard]] bool in_episode() const { return alarm_.in_episode(); }
  [[nodiscard]] const Baseline& baseline() const { return *baseline_; }

  // All that the detector remembers, to be journalled each cycle. Loaded into a detector
  // of the same baseline and contract, that one continues bit for bit. What may change is
  // thresholds, k and n, which are those of the one that loads, and each field of the
  // contract that is no part of the ground.
  [[nodiscard]] std::vector<std::byte> Save() const;
  // Leaves the detector as it was unless kOk; `why` then says what differs, in words:
  //   kStateMalformed    cut, flipped, of another version, or not finite
  //   kContractDiffers   saved under a contract of another ground
  //   kBaselineMismatch  saved under a baseline that teaches otherwise
  //   kModelMismatch     saved with another network, or without one
  [[nodiscard]] Status Load(std::span<const std::byte> bytes, std::string* why = nullptr);

 private:
  [[nodiscard]] bool asks_the_network() const { return bound_.network != Digest{}; }

  // Of a saved state: up to what was learned.
  [[nodiscard]] Status LoadHeader(ByteReader& in, std::uint32_t version,
                                  std::string& why) const;
  [[nodiscard]] Status CheckSpeed(std::uint32_t millirpm);
  [[nodiscard]] Judgement Measure(const model::Output& output, const Intake& intake);

  std::unique_ptr<const Baseline> baseline_;  // where the bins look, wherever this moves
  Digest teaching_;                           // TeachingOf() that
  Bound bound_;
  SpeedBins bins_;
  std::uint32_t last_speed_ = signal::kSpeedUnknown;
  Alarm alarm_;
  model::Context nothing_known_;
  std::vector<float> z_;  // of the last mean, whitened
};

}  // namespace torpor::detect

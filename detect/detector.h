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
#include "detect/intake.h"
#include "model/engine.h"

namespace torpor::detect {

enum class Verdict : std::uint8_t { kNormal, kAnomaly, kAbstain };

struct Judgement {
  Verdict verdict = Verdict::kAbstain;
  Status why = Status::kOk;  // of abstaining
  double score = 0;          // 1 is the threshold; 0 when abstained
  bool alarm = false;        // the first cycle of an episode
};

// Distance of the mean of the last score_cycles spectra from the machine's own
// commissioning, in the fleet's covariance: sqrt(mean((L^-1 z)^2)) / threshold.
// A score every cycle, so that none goes without a verdict. One thread at a time.
// Source: Mahalanobis 1936; shrunk towards a sphere as Ledoit and Wolf 2004 do.
class Detector {
 public:
  // `contract` is the contract's id: what is saved under one is not continued under
  // another.
  Detector(Baseline baseline, const Digest& contract);

  // What the engine is to infer the next window with.
  [[nodiscard]] const model::Context& context() const { return intake_.context(); }

  // One usable batch, once a cycle. Abstains for the reasons of Intake::Take; a reason to
  // abstain changes no memory of the machine.
  [[nodiscard]] Judgement Judge(const model::Output& output);
  // A cycle that had nothing to judge.
  [[nodiscard]] static Judgement Abstain(Status why) {
    return {Verdict::kAbstain, why, 0, false};
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
  //   kContractDiffers   saved under another contract
  [[nodiscard]] Status Load(std::span<const std::byte> bytes);

 private:
  [[nodiscard]] double Distance();

  Baseline baseline_;
  Digest contract_;
  Intake intake_;
  Alarm alarm_;
  std::vector<float> z_;
  std::vector<double> whitened_;
};

}  // namespace torpor::detect

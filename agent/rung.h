// On which rung of the residency ladder the accelerator's process rests between two
// inferences: child-exited, unless a calibration of this very machine shows that a warmer
// one pays which the contract permits.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "contract/terms.h"
#include "core/status.h"
#include "power/calibration.h"
#include "power/sys_tree.h"
#include "telemetry/cycle_record.h"

namespace torpor::agent {

struct TakenRung {
  contract::Residency rung = contract::Residency::kChildExited;
  // Why the calibration was not acted on; none: it was, whatever came of it.
  std::optional<telemetry::Deviation> why_not;
};

class RungKeeper {
 public:
  // `calibration` empty: there is none, and nothing is warm. The tree and the terms
  // outlive this.
  RungKeeper(std::filesystem::path calibration, const power::SysTree& sys,
             const Digest& model, const contract::Terms& terms)
      : calibration_(std::move(calibration)), sys_(&sys), model_(model), terms_(&terms) {}

  // Reads the file and the machine anew: a calibration holds until driver, model, kernel
  // or power mode is another. `back_end` is what the accelerator said of itself last.
  // Never anything but child-exited with a reason beside it:
  //   kFileMissing, kFileTooLarge, kIo                                of the file
  //   kCalibrationMalformed, kCalibrationForeign, kCalibrationNotNamed  CheckCalibration
  [[nodiscard]] TakenRung Take(const std::string& back_end) const;

 private:
  std::filesystem::path calibration_;
  const power::SysTree* sys_;
  Digest model_;
  const contract::Terms* terms_;
};

}  // namespace torpor::agent

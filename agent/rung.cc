#include "agent/rung.h"

#include "contract/sign/files.h"

namespace torpor::agent {

TakenRung RungKeeper::Take(const std::string& back_end) const {
  TakenRung taken;
  if (calibration_.empty()) return taken;
  const auto bytes = contract::sign::ReadFile(calibration_, power::kMaxCalibrationBytes);
  if (!bytes.ok()) {
    taken.why_not = {bytes.status(), calibration_.string()};
    return taken;
  }
  std::string text;
  for (const std::byte b : *bytes) text += static_cast<char>(b);
  power::MachineIdentity here = power::ReadMachine(*sys_);
  here.back_end = back_end;
  here.model = model_;
  std::string problem;
  const auto calibration =
      power::CheckCalibration(text, here, terms_->calibrations(), problem);
  if (calibration.ok()) {
    taken.rung = power::ChooseRung(calibration->rungs, *terms_).rung;
  } else {
    taken.why_not = {calibration.status(), problem};
  }
  return taken;
}

}  // namespace torpor::agent

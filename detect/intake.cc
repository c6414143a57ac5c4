#include "detect/intake.h"

#include <algorithm>
#include <cmath>

namespace torpor::detect {

Intake::Intake(const Baseline& baseline)
    : features_(baseline.shape.axes * signal::kBands),
      settled_after_(baseline.run_in_cycles + baseline.rule.score_cycles),
      axes_(baseline.shape.axes),
      typical_level_g_(double{baseline.typical_level_g}),
      own_(features_, baseline.rule.commissioning_cycles, baseline.run_in_cycles),
      last_(features_, baseline.rule.score_cycles),
      mean_(features_) {}

Status Intake::Check(const model::Output& output) const {
  if (output.count != features_) return Status::kBatchShape;
  const auto finite = [](float value) { return std::isfinite(value); };
  const float level = output.levels.total_rms_g();
  if (!std::ranges::all_of(output.features(), finite) || !finite(level) ||
      !std::ranges::all_of(output.levels.offset_g, finite)) {
    return Status::kNotANumber;
  }
  const double usual = own_.complete() ? own_.level_g() : typical_level_g_;
  if (double{level} < kStandstillShare * usual) return Status::kStandstill;
  for (std::size_t a = 0; own_.complete() && a < axes_; ++a) {
    if (std::abs(double{output.levels.offset_g[a]} - own_.offset_g(a)) > kOffsetDriftG) {
      return Status::kSensorOffset;
    }
  }
  return Status::kOk;
}

Status Intake::Take(const model::Output& output) {
  if (const Status why = Check(output); why != Status::kOk) return why;
  const bool teaches = !own_.complete();
  own_.Add(output);
  last_.Add(output.features());
  last_.Mean(mean_);
  return teaches ? Status::kCommissioning : Status::kOk;
}

bool Intake::mean_is_settled() const { return own_.seen() >= settled_after_; }

std::size_t Intake::SavedBytes() const { return own_.SavedBytes() + last_.SavedBytes(); }

void Intake::Save(ByteWriter& out) const {
  own_.Save(out);
  last_.Save(out);
}

bool Intake::Load(ByteReader& in) { return own_.Load(in) && last_.Load(in); }

}  // namespace torpor::detect

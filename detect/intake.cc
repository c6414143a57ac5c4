#include "detect/intake.h"

#include <algorithm>
#include <cmath>

#include "detect/classical.h"
#include "detect/portrait.h"

namespace torpor::detect {

Intake::Intake(const Baseline& baseline)
    : baseline_(&baseline),
      features_(baseline.shape.axes * signal::kFeaturesPerAxis),
      settled_after_(baseline.run_in_cycles + baseline.rule.score_cycles),
      axes_(baseline.shape.axes),
      typical_level_g_(double{baseline.typical_level_g}),
      own_(features_, baseline.rule.commissioning_cycles, baseline.run_in_cycles,
           baseline.rule.score_cycles),
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
  const Status learned = own_.complete() ? Status::kOk : Learn(output);
  model::MeanWith(context_, output.features(), mean_);
  last_.Add(output.features());
  Refill();
  return learned;
}

Status Intake::Learn(const model::Output& output) {
  own_.Add(output);
  const bool judges = !baseline_->typical.empty();  // not while a fit is under way
  if (own_.complete() && judges) {
    refused_ = Accept(Portray(own_, *baseline_), baseline_->limits);
    if (refused_ != Status::kOk) {
      own_ = Commissioning(features_, baseline_->rule.commissioning_cycles,
                           baseline_->run_in_cycles, baseline_->rule.score_cycles);
    }
  }
  return refused_ == Status::kOk ? Status::kCommissioning : refused_;
}

void Intake::Follow(double share) {
  own_.Follow(mean_, baseline_->deviation, baseline_->fleet_weight_cycles, share);
  own_.FillMean(baseline_->deviation, baseline_->fleet_weight_cycles, context_);
}

void Intake::Spreads(std::span<float> z) const {
  own_.Standardise(mean_, baseline_->deviation, baseline_->fleet_weight_cycles, z);
}

void Intake::Refill() {
  context_.earlier = last_.earlier();
  last_.SumOfEarlier(std::span(context_.earlier_sum).first(features_));
  if (own_.complete() && context_.features == 0 && !baseline_->factor.empty()) {
    own_.Fill(baseline_->deviation, baseline_->fleet_weight_cycles, baseline_->factor,
              context_);
    usual_distance_ = UsualDistance(context_.normal().exemplars, features_);
  }
}

bool Intake::mean_is_settled() const { return own_.seen() >= settled_after_; }

std::size_t Intake::SavedBytes() const {
  return 2 + own_.SavedBytes() + last_.SavedBytes();
}

void Intake::Save(ByteWriter& out) const {
  out.Write(static_cast<std::uint16_t>(refused_));
  own_.Save(out);
  last_.Save(out);
}

bool Intake::Load(ByteReader& in) {
  refused_ = static_cast<Status>(in.Read<std::uint16_t>());
  if (refused_ != Status::kOk && refused_ != Status::kNotSteady &&
      refused_ != Status::kSickWhenNew) {
    return false;
  }
  if (!own_.Load(in) || !last_.Load(in)) return false;
  context_ = {};
  Refill();
  return true;
}

}  // namespace torpor::detect

#include "agent/detection.h"

#include <utility>

#include "detect/baseline.h"
#include "model/spectral.h"

namespace torpor::agent {

signal::Shape ShapeOf(const contract::Terms& terms) {
  const contract::Sensor& sensor =
      terms.sensors().front();  // the lint asks for one at least
  return {sensor.sample_rate_millihertz, sensor.axes,
          contract::FramesPerBatch(sensor, terms.sample), sensor.full_scale_milli_g};
}

detect::Rule RuleOf(const contract::Terms& terms) {
  return {terms.commissioning_cycles, terms.score_cycles, terms.alarm_k, terms.alarm_n};
}

std::variant<Detection, Refusal> LoadDetection(const std::filesystem::path& path,
                                               const contract::VerifiedTerms& contract) {
  const auto refused = [&path](Status status) {
    return Refusal{status, 0, path.string(), {}, {}};
  };
  auto baseline = detect::ReadBaseline(path);
  if (!baseline.ok()) return refused(baseline.status());
  const signal::Shape shape = ShapeOf(contract.terms());
  if (const auto mismatch = detect::Compare(*baseline, shape, RuleOf(contract.terms()))) {
    Refusal refusal = refused(Status::kBaselineMismatch);
    refusal.where += ": " + mismatch->parameter;
    refusal.ours = std::to_string(mismatch->contract);
    refusal.theirs = std::to_string(mismatch->baseline);
    return refusal;
  }
  auto engine = model::MakeSpectralEngine(shape);
  if (!engine.ok()) return refused(engine.status());
  return Detection{std::move(*engine),
                   detect::Detector(std::move(*baseline), contract.id())};
}

}  // namespace torpor::agent

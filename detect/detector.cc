#include "detect/detector.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "core/crc32.h"
#include "detect/classical.h"

namespace torpor::detect {
namespace {

constexpr std::string_view kMagic = "torporDS";
constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kHeaderBytes = 8 + 4 + 3 * sizeof(Digest);
constexpr std::size_t kCrcBytes = 4;

// The own mean follows a machine that is as near to it as this, in units of how near it
// usually was, so slowly that it would take so many times the length of commissioning. A
// share of the threshold does not tell quiet from not: the distance of a healthy machine
// is a mean of a hundred squares and never small.
constexpr double kQuietDistance = 1.5;
constexpr double kDriftCommissionings = 100;

}  // namespace

Bound BoundTo(const Digest& contract, const model::Inference* network) {
  if (network == nullptr) return {contract, {}, 0};
  return {contract, network->digest(), network->classical_weight()};
}

Detector::Detector(Baseline baseline, const Bound& bound)
    : baseline_(std::make_unique<const Baseline>(std::move(baseline))),
      bound_(bound),
      bins_(*baseline_),
      alarm_(baseline_->rule.alarm_k, baseline_->rule.alarm_n),
      z_(baseline_->features()) {}

const model::Context& Detector::context(std::uint32_t millirpm) const {
  const Intake* bin = bins_.Find(millirpm);
  return bin == nullptr ? nothing_known_ : bin->context();
}

bool Detector::commissioned() const {
  const Intake* bin = bins_.Find(last_speed_);
  return bin != nullptr && bin->own().complete();
}

std::uint32_t Detector::commissioned_cycles() const {
  const Intake* bin = bins_.Find(last_speed_);
  return bin == nullptr ? 0 : bin->own().seen();
}

Status Detector::CheckSpeed(std::uint32_t millirpm) {
  if (millirpm == signal::kSpeedChanged) return Status::kAccelerating;
  const std::uint32_t before = std::exchange(last_speed_, millirpm);
  if (millirpm == 0) return Status::kStandstill;
  const bool known = signal::SpeedIsKnown(before) && signal::SpeedIsKnown(millirpm);
  return known && !signal::SameSpeed(before, millirpm) ? Status::kAccelerating
                                                       : Status::kOk;
}

Judgement Detector::Judge(const model::Output& output, std::uint32_t millirpm) {
  if (const Status why = CheckSpeed(millirpm); why != Status::kOk) return Abstain(why);
  if (asks_the_network() && context(millirpm).knows_the_machine()) {
    if (!output.has_logit) return Abstain(Status::kInternal);
    if (!std::isfinite(output.logit)) return Abstain(Status::kNotANumber);
  }
  const Status took = bins_.Take(output, millirpm);
  if (took != Status::kOk) return Abstain(took);
  Intake& intake = *bins_.Find(millirpm);
  Judgement judged = Measure(output, intake);
  if (judged.why != Status::kOk) return judged;
  const Alarm::Step step = alarm_.Add(judged.score);
  judged.verdict = step.anomaly ? Verdict::kAnomaly : Verdict::kNormal;
  judged.alarm = step.begins;
  const double usual = intake.usual_distance();
  if (alarm_.quiet() && judged.measured.distance < kQuietDistance * usual) {
    intake.Follow(1.0 / (kDriftCommissionings * baseline_->rule.commissioning_cycles));
  }
  return judged;
}

Judgement Detector::Measure(const model::Output& output, const Intake& intake) {
  const Status whitened =
      model::Standardise(intake.mean(), intake.context().normal(), z_);
  if (whitened != Status::kOk) return Abstain(whitened);
  Judgement judged;
  judged.measured.distance = ClassicalDistance(z_);
  if (asks_the_network()) {
    judged.measured.logit = LogitOf(double{output.logit}, bound_.classical_weight,
                                    judged.measured.distance, intake.usual_distance());
  }
  const Fused fused =
      Fuse(judged.measured, {baseline_->threshold, baseline_->logit_threshold});
  if (!std::isfinite(fused.score)) return Abstain(Status::kNotANumber);
  judged.score = fused.score;
  judged.spoke = fused.spoke;
  return judged;
}

Explanation Detector::Explain(std::uint32_t millirpm, Channel spoke,
                              const std::optional<BearingGeometry>& bearing) const {
  const Intake* bin = bins_.Find(millirpm);
  if (bin == nullptr || !bin->own().complete())
    return {.spoke = spoke, .findings = {}, .tone = {}};
  std::vector<float> z(baseline_->features());
  bin->Spreads(z);
  Shaft shaft{.hz = {}, .bearing = bearing};
  if (signal::SpeedIsKnown(millirpm)) shaft.hz = millirpm / 60'000.0;
  return detect::Explain(z, baseline_->shape, spoke, shaft);
}

std::vector<std::byte> Detector::Save() const {
  std::vector<std::byte> bytes(kHeaderBytes + 4 + bins_.SavedBytes() +
                               alarm_.SavedBytes() + kCrcBytes);
  ByteWriter out(bytes);
  out.Write(AsBytes(kMagic));
  out.Write(kVersion);
  out.Write(baseline_->digest);
  out.Write(bound_.contract);
  out.Write(bound_.network);
  out.Write(last_speed_);
  bins_.Save(out);
  alarm_.Save(out);
  out.Write(Crc32(out.written()));
  return bytes;
}

Status Detector::Load(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes + kCrcBytes) return Status::kStateMalformed;
  const auto body = bytes.first(bytes.size() - kCrcBytes);
  ByteReader tail(bytes.last(kCrcBytes));
  if (tail.Read<std::uint32_t>() != Crc32(body)) return Status::kStateMalformed;

  ByteReader in(body);
  if (!std::ranges::equal(in.Take(kMagic.size()), AsBytes(kMagic)) ||
      in.Read<std::uint32_t>() != kVersion) {
    return Status::kStateMalformed;
  }
  Digest baseline{}, contract{}, network{};
  in.ReadInto(baseline);
  in.ReadInto(contract);
  in.ReadInto(network);
  if (baseline != baseline_->digest) return Status::kBaselineMismatch;
  if (contract != bound_.contract) return Status::kContractDiffers;
  if (network != bound_.network) return Status::kModelMismatch;

  const auto last_speed = in.Read<std::uint32_t>();
  SpeedBins bins(*baseline_);
  Alarm alarm(baseline_->rule.alarm_k, baseline_->rule.alarm_n);
  if (!bins.Load(in) || !alarm.Load(in) || !in.done()) return Status::kStateMalformed;
  last_speed_ = last_speed;
  bins_ = std::move(bins);
  alarm_ = std::move(alarm);
  return Status::kOk;
}

}  // namespace torpor::detect

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
constexpr std::uint32_t kVersion = 4;
// Carried the whole baseline's digest and the contract's id, and not its n.
constexpr std::uint32_t kVersionBefore = 3;
constexpr std::size_t kHeaderBytes = 8 + 4 + 2 * sizeof(Digest) + 8 * kGroundNumbers;
constexpr std::size_t kCrcBytes = 4;

// The own mean follows a machine that is as near to it as this, in units of how near it
// usually was, so slowly that it would take so many times the length of commissioning. A
// share of the threshold does not tell quiet from not: the distance of a healthy machine
// is a mean of a hundred squares and never small.
constexpr double kQuietDistance = 1.5;
constexpr double kDriftCommissionings = 100;

}  // namespace

Bound BoundTo(const Ground& ground, const model::Inference* network) {
  if (network == nullptr) return {ground, {}, 0};
  return {ground, network->digest(), network->classical_weight()};
}

Detector::Detector(Baseline baseline, const Bound& bound)
    : baseline_(std::make_unique<const Baseline>(std::move(baseline))),
      teaching_(TeachingOf(*baseline_)),
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
  std::vector<std::byte> bytes(kHeaderBytes + 4 + bins_.SavedBytes() + 4 +
                               alarm_.SavedBytes() + kCrcBytes);
  ByteWriter out(bytes);
  out.Write(AsBytes(kMagic));
  out.Write(kVersion);
  out.Write(teaching_);
  for (const std::uint64_t number : bound_.ground.numbers) out.Write(number);
  out.Write(bound_.network);
  out.Write(last_speed_);
  bins_.Save(out);
  out.Write(baseline_->rule.alarm_n);
  alarm_.Save(out);
  out.Write(Crc32(out.written()));
  return bytes;
}

Status Detector::LoadHeader(ByteReader& in, std::uint32_t version,
                            std::string& why) const {
  Digest teaching{}, network{};
  in.ReadInto(teaching);
  if (version == kVersionBefore) {
    // The contract of that time had the shape and the rule of this very baseline, or
    // torpord would not have worked under it: nothing more is needed.
    Digest contract{};
    in.ReadInto(contract);
    why = "another baseline";
    if (teaching != baseline_->digest) return Status::kBaselineMismatch;
  } else {
    Ground ground;
    for (std::uint64_t& number : ground.numbers) number = in.Read<std::uint64_t>();
    why = Differs(ground, bound_.ground);
    if (ground != bound_.ground) return Status::kContractDiffers;
    why = "another baseline";
    if (teaching != teaching_) return Status::kBaselineMismatch;
  }
  in.ReadInto(network);
  why = "another model";
  if (network != bound_.network) return Status::kModelMismatch;
  why.clear();
  return Status::kOk;
}

Status Detector::Load(std::span<const std::byte> bytes, std::string* why) {
  std::string differs;
  if (why == nullptr) why = &differs;
  *why = "what was learned cannot be read";
  if (bytes.size() < kHeaderBytes + kCrcBytes) return Status::kStateMalformed;
  const auto body = bytes.first(bytes.size() - kCrcBytes);
  ByteReader tail(bytes.last(kCrcBytes));
  if (tail.Read<std::uint32_t>() != Crc32(body)) return Status::kStateMalformed;

  ByteReader in(body);
  if (!std::ranges::equal(in.Take(kMagic.size()), AsBytes(kMagic))) {
    return Status::kStateMalformed;
  }
  const auto version = in.Read<std::uint32_t>();
  if (version != kVersion && version != kVersionBefore) return Status::kStateMalformed;
  if (const Status status = LoadHeader(in, version, *why); status != Status::kOk) {
    return status;
  }
  *why = "what was learned cannot be read";
  const auto last_speed = in.Read<std::uint32_t>();
  SpeedBins bins(*baseline_);
  if (!bins.Load(in)) return Status::kStateMalformed;
  const Rule& rule = baseline_->rule;
  const std::uint32_t n =
      version == kVersionBefore ? rule.alarm_n : in.Read<std::uint32_t>();
  Alarm alarm(rule.alarm_k, rule.alarm_n);
  if (!alarm.Load(in, n) || !in.done()) return Status::kStateMalformed;
  last_speed_ = last_speed;
  bins_ = std::move(bins);
  alarm_ = std::move(alarm);
  why->clear();
  return Status::kOk;
}

}  // namespace torpor::detect

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
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeaderBytes = 8 + 4 + 3 * sizeof(Digest);
constexpr std::size_t kCrcBytes = 4;

}  // namespace

Bound BoundTo(const Digest& contract, const model::Inference* network) {
  if (network == nullptr) return {contract, {}, 0};
  return {contract, network->digest(), network->classical_weight()};
}

Detector::Detector(Baseline baseline, const Bound& bound)
    : baseline_(std::move(baseline)),
      bound_(bound),
      intake_(baseline_),
      alarm_(baseline_.rule.alarm_k, baseline_.rule.alarm_n),
      z_(baseline_.features()) {}

Judgement Detector::Judge(const model::Output& output) {
  const bool wants_logit = asks_the_network() && commissioned();
  if (wants_logit && !output.has_logit) return Abstain(Status::kInternal);
  if (wants_logit && !std::isfinite(output.logit)) return Abstain(Status::kNotANumber);
  if (const Status why = intake_.Take(output); why != Status::kOk) return Abstain(why);
  const Status whitened =
      model::Standardise(intake_.mean(), intake_.context().normal(), z_);
  if (whitened != Status::kOk) return Abstain(whitened);
  Judgement judged;
  judged.measured.distance = ClassicalDistance(z_);
  if (wants_logit) {
    judged.measured.logit = LogitOf(double{output.logit}, bound_.classical_weight,
                                    judged.measured.distance, intake_.usual_distance());
  }
  const Fused fused =
      Fuse(judged.measured, {baseline_.threshold, baseline_.logit_threshold,
                             TemperatureOf(bound_.classical_weight)});
  if (!std::isfinite(fused.score)) return Abstain(Status::kNotANumber);
  const Alarm::Step step = alarm_.Add(fused.score >= 1.0);
  judged.verdict = step.anomaly ? Verdict::kAnomaly : Verdict::kNormal;
  judged.score = fused.score;
  judged.spoke = fused.spoke;
  judged.alarm = step.begins;
  return judged;
}

std::vector<std::byte> Detector::Save() const {
  std::vector<std::byte> bytes(kHeaderBytes + intake_.SavedBytes() + alarm_.SavedBytes() +
                               kCrcBytes);
  ByteWriter out(bytes);
  out.Write(AsBytes(kMagic));
  out.Write(kVersion);
  out.Write(baseline_.digest);
  out.Write(bound_.contract);
  out.Write(bound_.network);
  intake_.Save(out);
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
  if (baseline != baseline_.digest) return Status::kBaselineMismatch;
  if (contract != bound_.contract) return Status::kContractDiffers;
  if (network != bound_.network) return Status::kModelMismatch;

  Intake intake(baseline_);
  Alarm alarm(baseline_.rule.alarm_k, baseline_.rule.alarm_n);
  if (!intake.Load(in) || !alarm.Load(in) || !in.done()) return Status::kStateMalformed;
  intake_ = std::move(intake);
  alarm_ = std::move(alarm);
  return Status::kOk;
}

}  // namespace torpor::detect

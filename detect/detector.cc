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
constexpr std::size_t kHeaderBytes = 8 + 4 + 2 * sizeof(Digest);
constexpr std::size_t kCrcBytes = 4;

}  // namespace

Detector::Detector(Baseline baseline, const Digest& contract)
    : baseline_(std::move(baseline)),
      contract_(contract),
      intake_(baseline_),
      alarm_(baseline_.rule.alarm_k, baseline_.rule.alarm_n),
      z_(baseline_.features()),
      whitened_(ClassicalFeatures(baseline_.shape.axes)) {}

Judgement Detector::Judge(const model::Output& output) {
  if (const Status why = intake_.Take(output); why != Status::kOk) return Abstain(why);
  const double score = Distance() / baseline_.threshold;
  if (!std::isfinite(score)) return Abstain(Status::kNotANumber);
  const Alarm::Step step = alarm_.Add(score >= 1.0);
  return {step.anomaly ? Verdict::kAnomaly : Verdict::kNormal, Status::kOk, score,
          step.begins};
}

double Detector::Distance() {
  intake_.own().Standardise(intake_.mean(), baseline_.deviation,
                            baseline_.fleet_weight_cycles, z_);
  return ClassicalDistance(z_, baseline_.factor, whitened_);
}

std::vector<std::byte> Detector::Save() const {
  std::vector<std::byte> bytes(kHeaderBytes + intake_.SavedBytes() + alarm_.SavedBytes() +
                               kCrcBytes);
  ByteWriter out(bytes);
  out.Write(AsBytes(kMagic));
  out.Write(kVersion);
  out.Write(baseline_.digest);
  out.Write(contract_);
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
  Digest baseline{}, contract{};
  in.ReadInto(baseline);
  in.ReadInto(contract);
  if (baseline != baseline_.digest) return Status::kBaselineMismatch;
  if (contract != contract_) return Status::kContractDiffers;

  Intake intake(baseline_);
  Alarm alarm(baseline_.rule.alarm_k, baseline_.rule.alarm_n);
  if (!intake.Load(in) || !alarm.Load(in) || !in.done()) return Status::kStateMalformed;
  intake_ = std::move(intake);
  alarm_ = std::move(alarm);
  return Status::kOk;
}

}  // namespace torpor::detect

#include "detect/detector.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "core/crc32.h"

namespace torpor::detect {
namespace {

constexpr std::string_view kMagic = "torporDS";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 8 + 4 + 2 * sizeof(Digest);
constexpr std::size_t kCrcBytes = 4;

}  // namespace

Detector::Detector(Baseline baseline, const Digest& contract)
    : baseline_(std::move(baseline)),
      contract_(contract),
      intake_(baseline_),
      alarm_(baseline_.rule.alarm_k, baseline_.rule.alarm_n),
      z_(baseline_.features()),
      whitened_(baseline_.features()) {}

Judgement Detector::Judge(const model::Output& output) {
  if (const Status why = intake_.Take(output); why != Status::kOk) return Abstain(why);
  const double score = Distance() / baseline_.threshold;
  if (!std::isfinite(score)) return Abstain(Status::kNotANumber);
  const Alarm::Step step = alarm_.Add(score >= 1.0);
  return {step.anomaly ? Verdict::kAnomaly : Verdict::kNormal, Status::kOk, score,
          step.begins};
}

// Solves L y = z from the first row down, and measures y.
double Detector::Distance() {
  intake_.own().Standardise(intake_.mean(), baseline_.deviation,
                            baseline_.fleet_weight_cycles, z_);
  const float* row = baseline_.factor.data();
  double squares = 0;
  for (std::size_t i = 0; i < z_.size(); ++i) {
    double rest = double{z_[i]};
    for (std::size_t j = 0; j < i; ++j) rest -= double{row[j]} * whitened_[j];
    whitened_[i] = rest / double{row[i]};
    squares += whitened_[i] * whitened_[i];
    row += i + 1;
  }
  return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, z_.size())));
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

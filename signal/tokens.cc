#include "signal/tokens.h"

#include <algorithm>

namespace torpor::signal {
namespace {

// Rounding to whole steps makes noise of this variance, in steps squared. The packet is
// orthonormal, so each of its coefficients has the same.
constexpr float kRoundingNoise = 1.0F / 12.0F;

static_assert(LogMel::kBlock == WaveletPacket::kBlock);
static_assert(sizeof(Tokens) <= 52'000);
static_assert(sizeof(LogMel) <= 21'000);

}  // namespace

Status Tokens::Prepare(const Shape& shape) {
  shape_ = {};
  if (const Status status = log_mel_.Prepare(shape); status != Status::kOk) return status;
  const std::size_t columns = shape.frames / WaveletPacket::kRows;
  impulsiveness_.Prepare(columns);
  const Status status = modulation_.Prepare(shape.rate_hz(), columns);
  if (status == Status::kOk) shape_ = shape;
  return status;
}

Status Tokens::Compute(std::span<const std::int16_t> samples, std::span<float> features) {
  if (shape_.axes == 0 || samples.size() != shape_.samples() ||
      features.size() != this->features()) {
    return Status::kBatchShape;
  }
  for (std::size_t a = 0; a < shape_.axes; ++a) {
    ComputeAxis({samples, shape_.axes, a},
                std::span<float, kFeaturesPerAxis>(features.data() + a * kFeaturesPerAxis,
                                                   kFeaturesPerAxis));
  }
  return Status::kOk;
}

void Tokens::ComputeAxis(const Axis& axis, std::span<float, kFeaturesPerAxis> features) {
  log_mel_.Restart();
  packet_.Restart();
  impulsiveness_.Restart();
  modulation_.Restart();
  const float mean = axis.Mean();
  for (std::size_t at = 0; at < shape_.frames; at += WaveletPacket::kBlock) {
    const std::size_t count =
        std::min<std::size_t>(WaveletPacket::kBlock, shape_.frames - at);
    const auto samples = log_mel_.Room().first(count);
    axis.Read(at, mean, samples);
    packet_.Push(samples);
    log_mel_.Push(count);
    const std::size_t columns = count / WaveletPacket::kRows;
    impulsiveness_.Push(packet_, columns);
    modulation_.Push(packet_, columns);
  }
  log_mel_.Finish(features.first<kBands>());
  impulsiveness_.Finish(kRoundingNoise, features.subspan<kFirstSubBand, kSubBands>());
  modulation_.Finish(kRoundingNoise,
                     features.subspan<kFirstModulation, kCarriers * kRatesPerCarrier>());
}

FeatureMeaning Tokens::Meaning(std::size_t feature) const {
  const auto part = [half = shape_.rate_hz() / 2](std::size_t i, std::size_t parts) {
    const double width = half / static_cast<double>(parts);
    const double low = static_cast<double>(i) * width;
    return HzRange{static_cast<float>(low), static_cast<float>(low + width)};
  };
  if (feature < kFirstSubBand) {
    return {FeatureKind::kLogMel,
            {log_mel_.EdgeHz(feature), log_mel_.EdgeHz(feature + 1)},
            {}};
  }
  if (feature < kFirstModulation) {
    return {FeatureKind::kImpulsiveness, part(feature - kFirstSubBand, kSubBands), {}};
  }
  const std::size_t i = feature - kFirstModulation;
  return {FeatureKind::kModulation, part(i / kRatesPerCarrier, kCarriers),
          modulation_.Rates(i % kRatesPerCarrier)};
}

}  // namespace torpor::signal

#include "signal/tokens.h"

#include <algorithm>

namespace torpor::signal {
namespace {

// Rounding to whole steps makes noise of this variance, in steps squared. The packet is
// orthonormal, so each of its coefficients has the same.
constexpr float kRoundingNoise = 1.0F / 12.0F;

float MeanOf(std::span<const std::int16_t> samples, std::size_t axes, std::size_t axis) {
  std::int64_t sum = 0;
  for (std::size_t i = axis; i < samples.size(); i += axes) sum += samples[i];
  return static_cast<float>(static_cast<double>(sum) /
                            static_cast<double>(samples.size() / axes));
}

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
    const std::span<float, kFeaturesPerAxis> own(features.data() + a * kFeaturesPerAxis,
                                                 kFeaturesPerAxis);
    const Status status = log_mel_.ComputeAxis(samples, a, own.first<kBands>());
    if (status != Status::kOk) return status;
    ComputePacket(samples, a, own);
  }
  return Status::kOk;
}

void Tokens::ComputePacket(std::span<const std::int16_t> samples, std::size_t axis,
                           std::span<float, kFeaturesPerAxis> features) {
  packet_.Restart();
  impulsiveness_.Restart();
  modulation_.Restart();
  const std::size_t axes = shape_.axes;
  const float mean = MeanOf(samples, axes, axis);
  const std::size_t whole = shape_.frames - shape_.frames % WaveletPacket::kRows;
  for (std::size_t at = 0; at < whole; at += WaveletPacket::kBlock) {
    const std::size_t frames = std::min(WaveletPacket::kBlock, whole - at);
    packet_.Push(samples.subspan(at * axes, frames * axes), axes, axis, mean);
    const std::size_t columns = frames / WaveletPacket::kRows;
    impulsiveness_.Push(packet_, columns);
    modulation_.Push(packet_, columns);
  }
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

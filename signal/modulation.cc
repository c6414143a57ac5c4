#include "signal/modulation.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace torpor::signal {
namespace {

constexpr std::size_t kPhases = WaveletPacket::kRows >> Modulation::kLevel;
constexpr std::size_t kUnusable = WaveletPacket::kUnusable[Modulation::kLevel];

// Samples that an envelope has to have before it is worth averaging further.
constexpr std::size_t kEnoughSamples = 64;

constexpr std::size_t Skipped(std::size_t mean_of) {
  return (kUnusable + mean_of - 1) / mean_of;
}

}  // namespace

Status Modulation::Prepare(double sample_rate_hz, std::size_t columns) {
  const std::size_t coefficients = kPhases * columns;
  if (coefficients < kUnusable + 2 * PairedSpectrum::kMinFrame) {
    return Status::kBatchShape;
  }
  const double coefficients_hz = sample_rate_hz / kCarriers;
  mean_of_ = 1;
  while (mean_of_ < kBlock &&
         coefficients_hz / static_cast<double>(2 * mean_of_) >= kEnvelopeHz &&
         coefficients / (2 * mean_of_) - Skipped(2 * mean_of_) >= kEnoughSamples) {
    mean_of_ *= 2;
  }
  envelope_hz_ = coefficients_hz / static_cast<double>(mean_of_);
  const std::size_t samples = coefficients / mean_of_ - Skipped(mean_of_);
  const std::size_t frame = std::min(kMaxFrame, std::bit_floor(samples / 2));
  if (const Status status = spectrum_.Prepare(frame); status != Status::kOk) {
    return status;
  }
  // From what can be told from the mean, or a fiftieth of the highest; where a short
  // window can tell little, to four times that.
  const double bin_hz = envelope_hz_ / static_cast<double>(frame);
  const double highest = std::min(kHighestHz, envelope_hz_ / 2);
  const double low = std::max(1.5 * bin_hz, highest / 50);
  const double high = std::max(highest, std::min(4 * low, envelope_hz_ / 2));
  for (std::size_t b = 0; b <= kRatesPerCarrier; ++b) {
    const double share = static_cast<double>(b) / kRatesPerCarrier;
    edges_[b] = static_cast<float>(low * std::pow(high / low, share) / bin_hz);
  }
  Restart();
  return Status::kOk;
}

HzRange Modulation::Rates(std::size_t band) const {
  const auto bin_hz =
      static_cast<float>(envelope_hz_ / static_cast<double>(spectrum_.frame()));
  return {edges_[band] * bin_hz, edges_[band + 1] * bin_hz};
}

void Modulation::Restart() {
  for (Carrier& carrier : carriers_) {
    carrier.power = {};
    carrier.sum = 0;
  }
  skip_ = Skipped(mean_of_);
  filled_ = 0;
  samples_ = 0;
  frames_ = 0;
}

void Modulation::Push(const WaveletPacket& packet, std::size_t columns) {
  const std::size_t come = columns * kPhases / mean_of_;
  const std::size_t skipped = std::min(skip_, come);
  for (std::size_t c = 0; c < kCarriers; ++c) {
    Append(packet, c, columns);
    auto& envelope = carriers_[c].envelope;
    const auto from = envelope.begin() + static_cast<std::ptrdiff_t>(filled_);
    std::copy(from + static_cast<std::ptrdiff_t>(skipped),
              from + static_cast<std::ptrdiff_t>(come), from);
    float sum = 0;
    for (std::size_t i = filled_; i < filled_ + come - skipped; ++i) sum += envelope[i];
    carriers_[c].sum += double{sum};
  }
  skip_ -= skipped;
  filled_ += come - skipped;
  samples_ += come - skipped;
  while (filled_ >= spectrum_.frame() + spectrum_.frame() / 2) Transform(2);
}

// Squares, averaged over mean_of_ coefficients that follow each other in time: over
// phases, and where that is not enough over columns too.
void Modulation::Append(const WaveletPacket& packet, std::size_t carrier,
                        std::size_t columns) {
  float* out = carriers_[carrier].envelope.data() + filled_;
  const float share = 1.0F / static_cast<float>(mean_of_);
  float sum = 0;
  for (std::size_t t = 0; t < columns * kPhases; ++t) {
    const float x = packet.Row(kLevel, carrier * kPhases + t % kPhases)[t / kPhases];
    sum += x * x;
    if (t % mean_of_ == mean_of_ - 1) {
      *out++ = sum * share;
      sum = 0;
    }
  }
}

// One or two frames, half overlapping, from the beginning of what is filled.
void Modulation::Transform(std::size_t frames) {
  const std::size_t frame = spectrum_.frame();
  const std::size_t hop = frame / 2;
  const std::size_t used = frames * hop;
  for (Carrier& carrier : carriers_) {
    const std::span<const float> envelope = carrier.envelope;
    spectrum_.Add(envelope.first(frame),
                  frames == 2 ? envelope.subspan(hop, frame) : std::span<const float>(),
                  carrier.power);
    std::copy(carrier.envelope.begin() + static_cast<std::ptrdiff_t>(used),
              carrier.envelope.begin() + static_cast<std::ptrdiff_t>(filled_),
              carrier.envelope.begin());
  }
  filled_ -= used;
  frames_ += frames;
}

void Modulation::Finish(float noise,
                        std::span<float, kCarriers * kRatesPerCarrier> features) {
  const std::size_t frame = spectrum_.frame();
  while (filled_ >= frame) Transform(filled_ >= frame + frame / 2 ? 2 : 1);
  const double density =
      2.0 / (envelope_hz_ * spectrum_.window_power() * static_cast<double>(frames_));
  for (std::size_t c = 0; c < kCarriers; ++c) {
    const Carrier& carrier = carriers_[c];
    const double mean = carrier.sum / static_cast<double>(samples_) + double{noise};
    const std::span<const float> power = std::span(carrier.power).first(frame / 2 + 1);
    for (std::size_t b = 0; b < kRatesPerCarrier; ++b) {
      const double band = BandMean(power, edges_[b], edges_[b + 1]);
      features[c * kRatesPerCarrier + b] =
          std::log(static_cast<float>(density * band / (mean * mean)) + kFloor);
    }
  }
}

}  // namespace torpor::signal

#include "signal/modulation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace torpor::signal {
namespace {

constexpr std::size_t kPhases = WaveletPacket::kRows >> Modulation::kLevel;
constexpr std::size_t kUnusable = WaveletPacket::kUnusable[Modulation::kLevel];

// Samples that an envelope has to have before it is worth averaging further.
constexpr std::size_t kEnoughSamples = 64;

constexpr std::size_t Skipped(std::size_t mean_of) {
  return (kUnusable + mean_of - 1) / mean_of;
}

// Side by side, to be vectorised.
float Sum(std::span<const float> x) {
  constexpr std::size_t kLanes = 8;
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= x.size(); i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) sums[l] += x[i + l];
  }
  return std::accumulate(x.begin() + static_cast<std::ptrdiff_t>(i), x.end(),
                         std::accumulate(sums.begin(), sums.end(), 0.0F));
}

}  // namespace

Status Modulation::Prepare(double sample_rate_hz, std::size_t columns) {
  const std::size_t coefficients = kPhases * columns;
  if (coefficients < kUnusable + 2 * kMinFft) {
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
  frame_ = std::min(kMaxFrame, std::bit_floor(samples / 2));
  // From what can be told from the mean, or a fiftieth of the highest; where a short
  // window can tell little, to four times that.
  const double bin_hz = envelope_hz_ / static_cast<double>(frame_);
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
  const auto bin_hz = static_cast<float>(envelope_hz_ / static_cast<double>(frame_));
  return {edges_[band] * bin_hz, edges_[band + 1] * bin_hz};
}

void Modulation::Restart() {
  for (Frames& welch : welch_) welch.Restart(frame_);
  sums_ = {};
  skip_ = Skipped(mean_of_);
  samples_ = 0;
}

void Modulation::Push(const WaveletPacket& packet, std::size_t columns) {
  const std::size_t come = columns * kPhases / mean_of_;
  const std::size_t skipped = std::min(skip_, come);
  for (std::size_t c = 0; c < kCarriers; ++c) {
    const auto room = welch_[c].Room();
    Envelope(packet, c, room);
    if (skipped > 0) std::ranges::copy(room.subspan(skipped), room.begin());
    sums_[c] += double{Sum(room.first(come - skipped))};
    welch_[c].Push(come - skipped, scratch_);
  }
  skip_ -= skipped;
  samples_ += come - skipped;
}

// Squares, averaged over mean_of_ coefficients that follow each other in time: over
// phases, and where that is not enough over columns too.
void Modulation::Envelope(const WaveletPacket& packet, std::size_t carrier,
                          std::span<float, kBlock> out) const {
  constexpr std::size_t kColumns = WaveletPacket::kColumns;
  const std::size_t phases = std::min(mean_of_, kPhases);
  const std::size_t groups = kPhases / phases;  // samples in a column
  const float share = 1.0F / static_cast<float>(mean_of_);
  for (std::size_t group = 0; group < groups; ++group) {
    std::array<float, kColumns> sum{};
    for (std::size_t p = group * phases; p < (group + 1) * phases; ++p) {
      const auto x = packet.Row(kLevel, carrier * kPhases + p);
      for (std::size_t m = 0; m < kColumns; ++m) sum[m] += x[m] * x[m] * share;
    }
    for (std::size_t m = 0; m < kColumns; ++m) out[m * groups + group] = sum[m];
  }
  for (std::size_t columns = mean_of_ / kPhases; columns > 1; columns /= 2) {
    for (std::size_t i = 0; i < kColumns / 2; ++i) out[i] = out[2 * i] + out[2 * i + 1];
  }
}

void Modulation::Finish(float noise,
                        std::span<float, kCarriers * kRatesPerCarrier> features) {
  for (std::size_t c = 0; c < kCarriers; ++c) {
    Frames& welch = welch_[c];
    welch.Finish(scratch_);
    const auto power = welch.Power(scratch_);
    const double mean = sums_[c] / static_cast<double>(samples_) + double{noise};
    const double density = 2.0 / (envelope_hz_ * HannPower(frame_) *
                                  static_cast<double>(welch.frames()) * mean * mean);
    for (std::size_t b = 0; b < kRatesPerCarrier; ++b) {
      const double band = BandMean(power, edges_[b], edges_[b + 1]);
      features[c * kRatesPerCarrier + b] =
          std::log(static_cast<float>(density * band) + kFloor);
    }
  }
}

}  // namespace torpor::signal

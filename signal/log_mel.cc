#include "signal/log_mel.h"

#include <kiss_fftr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace torpor::signal {
namespace {

static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>));

double Mel(double hz) { return 2595.0 * std::log10(1.0 + hz / 700.0); }
double HzOfMel(double mel) { return 700.0 * (std::pow(10.0, mel / 2595.0) - 1.0); }

}  // namespace

Status LogMel::Prepare(const Shape& shape) {
  shape_ = {};
  planned_ = false;
  if (shape.axes == 0 || shape.axes > kMaxAxes || shape.frames < 2 * kMinFrame ||
      shape.sample_rate_millihertz == 0 || shape.full_scale_milli_g == 0) {
    return Status::kBatchShape;
  }
  frame_ = std::min(kMaxFrame, std::size_t{std::bit_floor(shape.frames / 2)});
  std::size_t room = plan_.size();
  if (kiss_fftr_alloc(static_cast<int>(frame_), 0, plan_.data(), &room) == nullptr) {
    return Status::kBatchShape;
  }
  planned_ = true;
  for (std::size_t i = 0; i < frame_; ++i) {
    hann_[i] = static_cast<float>(
        0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) /
                             static_cast<double>(frame_)));
  }
  // A Hann window leaves gravity in the two lowest bins and nowhere else; the lowest band
  // starts above them.
  const double bin_hz = shape.rate_hz() / static_cast<double>(frame_);
  const double low = Mel(1.5 * bin_hz);
  const double high = Mel(shape.rate_hz() / 2.0);
  for (std::size_t b = 0; b <= kBands; ++b) {
    edges_[b] = static_cast<float>(
        HzOfMel(low + (high - low) * static_cast<double>(b) / kBands) / bin_hz);
  }
  shape_ = shape;
  return Status::kOk;
}

float LogMel::EdgeHz(std::size_t edge) const {
  return edges_[edge] *
         static_cast<float>(shape_.rate_hz() / static_cast<double>(frame_));
}

Status LogMel::Compute(std::span<const std::int16_t> samples, std::span<float> bands) {
  if (!planned_ || bands.size() != features()) return Status::kBatchShape;
  for (std::size_t a = 0; a < shape_.axes; ++a) {
    const std::span<float, kBands> own(bands.data() + a * kBands, kBands);
    const Status status = ComputeAxis(samples, a, own);
    if (status != Status::kOk) return status;
  }
  return Status::kOk;
}

Status LogMel::ComputeAxis(std::span<const std::int16_t> samples, std::size_t axis,
                           std::span<float, kBands> bands) {
  if (!planned_ || samples.size() != shape_.samples() || axis >= shape_.axes) {
    return Status::kBatchShape;
  }
  double window_power = 0;
  for (std::size_t i = 0; i < frame_; ++i) window_power += double{hann_[i]} * hann_[i];
  const std::size_t hop = frame_ / 2;
  const std::size_t frames = hop == 0 ? 1 : (shape_.frames - frame_) / hop + 1;
  const double g = shape_.g_per_step();
  const double density =
      2.0 * g * g / (shape_.rate_hz() * window_power * static_cast<double>(frames));

  AddPower(samples, axis);
  Bands(density, bands);
  return Status::kOk;
}

// The sum of |FFT|^2 over all frames of one axis, in steps.
void LogMel::AddPower(std::span<const std::int16_t> samples, std::size_t axis) {
  const std::size_t hop = frame_ / 2;
  power_ = {};
  for (std::size_t at = 0; at + frame_ <= shape_.frames; at += hop) {
    for (std::size_t i = 0; i < frame_; ++i) {
      in_[i] = hann_[i] * static_cast<float>(samples[(at + i) * shape_.axes + axis]);
    }
    kiss_fftr(reinterpret_cast<kiss_fftr_cfg>(plan_.data()), in_.data(),
              reinterpret_cast<kiss_fft_cpx*>(out_.data()));
    for (std::size_t k = 0; k <= frame_ / 2; ++k) power_[k] += std::norm(out_[k]);
  }
}

// A band is the mean of its bins, of those at its edges the share that lies inside: so a
// band narrower than a bin has a value too.
void LogMel::Bands(double density_per_power, std::span<float> bands) const {
  // Rounding to steps makes noise of step^2 / 12, spread evenly over half the rate.
  const double quantisation =
      shape_.g_per_step() * shape_.g_per_step() / 6.0 / shape_.rate_hz();
  for (std::size_t b = 0; b < kBands; ++b) {
    const float low = edges_[b];
    const float high = edges_[b + 1];
    const auto first = static_cast<std::size_t>(low + 0.5F);
    const auto last = std::min(frame_ / 2, static_cast<std::size_t>(high + 0.5F));
    double sum = 0;
    for (std::size_t k = first; k <= last; ++k) {
      const auto bin = static_cast<float>(k);
      const float inside = std::min(high, bin + 0.5F) - std::max(low, bin - 0.5F);
      if (inside > 0) sum += double{inside} * power_[k];
    }
    bands[b] = static_cast<float>(
        std::log(sum / double{high - low} * density_per_power + quantisation));
  }
}

}  // namespace torpor::signal

#include "signal/spectrum.h"

#include <kiss_fft.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace torpor::signal {

static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>));

Status PairedSpectrum::Prepare(std::size_t frame) {
  frame_ = 0;
  if (!std::has_single_bit(frame) || frame < kMinFrame || frame > kMaxFrame) {
    return Status::kBatchShape;
  }
  std::size_t room = plan_.size();
  if (kiss_fft_alloc(static_cast<int>(frame), 0, plan_.data(), &room) == nullptr) {
    return Status::kBatchShape;
  }
  window_power_ = 0;
  for (std::size_t i = 0; i < frame; ++i) {
    hann_[i] = static_cast<float>(
        0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) /
                             static_cast<double>(frame)));
    window_power_ += double{hann_[i]} * hann_[i];
  }
  frame_ = frame;
  return Status::kOk;
}

void PairedSpectrum::Add(std::span<const float> first, std::span<const float> second,
                         std::span<float> power) {
  for (std::size_t i = 0; i < frame_; ++i) {
    in_[i] = {hann_[i] * first[i], second.empty() ? 0.0F : hann_[i] * second[i]};
  }
  kiss_fft(reinterpret_cast<kiss_fft_cfg>(plan_.data()),
           reinterpret_cast<const kiss_fft_cpx*>(in_.data()),
           reinterpret_cast<kiss_fft_cpx*>(out_.data()));
  power[0] += std::norm(out_[0]);
  for (std::size_t k = 1; k <= frame_ / 2; ++k) {
    power[k] += 0.5F * (std::norm(out_[k]) + std::norm(out_[frame_ - k]));
  }
}

double BandMean(std::span<const float> power, float low, float high) {
  const auto first = static_cast<std::size_t>(low + 0.5F);
  const auto last = std::min(power.size() - 1, static_cast<std::size_t>(high + 0.5F));
  double sum = 0;
  for (std::size_t k = first; k <= last; ++k) {
    const auto bin = static_cast<float>(k);
    const float inside = std::min(high, bin + 0.5F) - std::max(low, bin - 0.5F);
    if (inside > 0) sum += double{inside} * power[k];
  }
  return sum / double{high - low};
}

}  // namespace torpor::signal

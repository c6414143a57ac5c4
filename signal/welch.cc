#include "signal/welch.h"

namespace torpor::signal {

void AddFrames(std::span<const float> first, std::span<const float> second,
               std::span<float> re, std::span<float> im, std::span<float> sums) {
  const std::span<const float> hann = Hann(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) re[i] = hann[i] * first[i];
  if (second.empty()) {
    std::ranges::fill(im, 0.0F);
  } else {
    for (std::size_t i = 0; i < first.size(); ++i) im[i] = hann[i] * second[i];
  }
  AddPower(re, im, sums);
}

void Fold(std::span<const float> sums, std::span<float> power) {
  std::ranges::fill(power, 0.0F);
  const std::size_t size = sums.size();
  for (std::size_t p = 0; p < size; ++p) {
    const std::size_t k = FrequencyAt(p, size);
    power[std::min(k, size - k)] += sums[p];
  }
  // Frequency 0 and half the rate have no other half.
  for (std::size_t k = 1; k < size / 2; ++k) power[k] *= 0.5F;
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

#include "model/quantize/magnitudes.h"

#include <algorithm>
#include <cmath>

namespace torpor::model {
namespace {

// Zeros are exact under every scale and say nothing about it.
constexpr double kPercentileShare = 0.9999;
// The least share of the highest value at which cutting is looked for, and its steps.
constexpr int kLowestPercent = 20;

}  // namespace

void Magnitudes::Add(std::span<const float> values) {
  if (highest_ <= 0) return;
  for (const float value : values) {
    if (value == 0) continue;
    const float share = std::min(std::fabs(value) / highest_, 1.0F);
    const auto bin = static_cast<std::size_t>(share * float{kBins});
    ++bins_[std::min(bin, kBins - 1)];
    ++count_;
  }
}

float Magnitudes::Bound(Clip clip) const {
  if (count_ == 0) return 1;  // nothing but zeros: any scale is exact
  switch (clip) {
    case Clip::kPercentile:
      return Percentile();
    case Clip::kLeastError:
      return LeastError();
    case Clip::kHighest:
      break;
  }
  return highest_;
}

double Magnitudes::Middle(std::size_t bin) const {
  return (static_cast<double>(bin) + 0.5) / kBins * double{highest_};
}

float Magnitudes::Percentile() const {
  const double enough = kPercentileShare * static_cast<double>(count_);
  double seen = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    seen += static_cast<double>(bins_[bin]);
    if (seen >= enough) return static_cast<float>(bin + 1) / float{kBins} * highest_;
  }
  return highest_;
}

float Magnitudes::LeastError() const {
  float best = highest_;
  double least = Error(double{highest_});
  for (int percent = kLowestPercent; percent < 100; ++percent) {
    const float bound = highest_ * static_cast<float>(percent) / 100;
    if (const double error = Error(double{bound}); error < least) {
      least = error;
      best = bound;
    }
  }
  return best;
}

double Magnitudes::Error(double bound) const {
  const double step = bound / kMaxQuantizedInput;
  double sum = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const double beyond = Middle(bin) - bound;
    // Within the bound a value lies anywhere in its step: a variance of step^2 / 12.
    sum += static_cast<double>(bins_[bin]) *
           (beyond > 0 ? beyond * beyond : step * step / 12);
  }
  return sum / static_cast<double>(count_);
}

}  // namespace torpor::model

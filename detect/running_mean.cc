#include "detect/running_mean.h"

#include <algorithm>
#include <cmath>

#include "detect/numbers.h"

namespace torpor::detect {

RunningMean::RunningMean(std::size_t features, std::uint32_t length)
    : features_(features),
      length_(std::max(1U, length)),
      ring_(features * std::max(1U, length)) {}

void RunningMean::Add(std::span<const float> features) {
  std::ranges::copy(features.first(features_),
                    ring_.begin() + static_cast<std::ptrdiff_t>(next_ * features_));
  next_ = (next_ + 1) % length_;
  count_ = std::min(count_ + 1, length_);
}

void RunningMean::SumOfEarlier(std::span<double> sum) const {
  std::ranges::fill(sum, 0.0);
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (count_ == length_ && i == next_) continue;  // the oldest gives way
    const auto window = std::span(ring_).subspan(i * features_, features_);
    for (std::size_t f = 0; f < features_; ++f) sum[f] += double{window[f]};
  }
}

std::size_t RunningMean::SavedBytes() const { return 8 + 4 * ring_.size(); }

void RunningMean::Save(ByteWriter& out) const {
  out.Write(count_);
  out.Write(next_);
  for (const float value : ring_) WriteFloat(out, value);
}

bool RunningMean::Load(ByteReader& in) {
  count_ = in.Read<std::uint32_t>();
  next_ = in.Read<std::uint32_t>();
  bool finite = true;
  for (float& value : ring_) {
    value = ReadFloat(in);
    finite = finite && std::isfinite(value);
  }
  return in.ok() && finite && count_ <= length_ && next_ < length_;
}

}  // namespace torpor::detect

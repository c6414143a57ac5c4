#include "detect/exemplars.h"

#include <algorithm>
#include <cmath>

#include "detect/numbers.h"

namespace torpor::detect {

Exemplars::Exemplars(std::size_t features, std::uint32_t learned, std::uint32_t length)
    : features_(features),
      learned_(learned),
      length_(std::max(1U, length)),
      count_(std::min(std::uint32_t{model::kMaxExemplars}, learned / length_)),
      means_(features * count_) {}

// The first ends as soon as it can, the last with the last window; between two ends lie
// `length` windows at least, because `count` of them fit.
std::uint32_t Exemplars::LastWindow(std::uint32_t exemplar) const {
  if (exemplar + 1 == count_) return learned_;
  return length_ + static_cast<std::uint32_t>(std::uint64_t{exemplar} *
                                              (learned_ - length_) / (count_ - 1));
}

void Exemplars::Add(std::uint32_t number, std::span<const float> features) {
  for (std::uint32_t e = 0; e < count_; ++e) {
    const std::uint32_t last = LastWindow(e);
    if (number > last || number + length_ <= last) continue;
    const auto share = 1.0F / static_cast<float>(number + length_ - last);
    const auto mean = std::span(means_).subspan(e * features_, features_);
    for (std::size_t f = 0; f < features_; ++f)
      mean[f] += (features[f] - mean[f]) * share;
  }
}

void Exemplars::Save(ByteWriter& out) const {
  for (const float value : means_) WriteFloat(out, value);
}

bool Exemplars::Load(ByteReader& in) {
  bool finite = true;
  for (float& value : means_) {
    value = ReadFloat(in);
    finite = finite && std::isfinite(value);
  }
  return in.ok() && finite;
}

}  // namespace torpor::detect

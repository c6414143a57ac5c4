#include "model/assemble.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "signal/shape.h"

namespace torpor::model {
namespace {

bool Finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
}

float SquaredDistance(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// The same place of the exemplar that is nearest there; empty without exemplars.
std::span<const float> Nearest(std::span<const float> z, std::size_t at,
                               std::span<const float> exemplars, std::size_t size) {
  std::span<const float> nearest;
  float least = 0;
  for (std::size_t e = 0; e < exemplars.size(); e += size) {
    const auto candidate = exemplars.subspan(e + at, z.size());
    const float distance = SquaredDistance(z, candidate);
    if (nearest.empty() || distance < least) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

}  // namespace

// Solves L y = z from the first row down.
Status Whiten(std::span<const float> factor, std::span<float> z) {
  const std::size_t count = z.size() / kAxisFeatures * kAxisSpectrum;
  if (z.empty() || z.size() % kAxisFeatures != 0 ||
      factor.size() != count * (count + 1) / 2) {
    return Status::kBatchShape;
  }
  const float* row = factor.data();
  for (std::size_t i = 0; i < count; ++i) {
    double rest = double{z[SpectrumFeature(i)]};
    for (std::size_t j = 0; j < i; ++j) rest -= double{row[j]} * z[SpectrumFeature(j)];
    z[SpectrumFeature(i)] = static_cast<float>(rest / double{row[i]});
    row += i + 1;
  }
  return Status::kOk;
}

Status Standardise(std::span<const float> features, const Normal& normal,
                   std::span<float> z) {
  const std::size_t size = features.size();
  if (size == 0 || normal.mean.size() != size || normal.inverse_scale.size() != size ||
      z.size() != size) {
    return Status::kBatchShape;
  }
  for (std::size_t i = 0; i < size; ++i) {
    z[i] = (features[i] - normal.mean[i]) * normal.inverse_scale[i];
  }
  if (!normal.factor.empty()) {
    if (const Status white = Whiten(normal.factor, z); white != Status::kOk) return white;
  }
  return Finite(z) ? Status::kOk : Status::kNotANumber;
}

Status Assemble(std::span<const float> features, const Normal& normal,
                std::span<float> out) {
  const std::size_t size = features.size();
  if (size == 0 || size % kAxisFeatures != 0 || out.size() != 2 * size ||
      normal.exemplars.size() % size != 0 ||
      normal.exemplars.size() > kMaxExemplars * size) {
    return Status::kBatchShape;
  }
  // z is made in the second half of `out`, of which a token is read before its place is
  // written.
  const auto all = out.last(size);
  if (const Status made = Standardise(features, normal, all); made != Status::kOk) {
    return made;
  }
  for (std::size_t at = 0; at < size; at += kTokenFeatures) {
    std::array<float, kTokenFeatures> z{};
    std::ranges::copy(all.subspan(at, kTokenFeatures), z.begin());
    const auto nearest = Nearest(z, at, normal.exemplars, size);
    const auto token = out.subspan(2 * at, kTokenInputs);
    for (std::size_t i = 0; i < kTokenFeatures; ++i) {
      token[i] = z[i];
      token[kTokenFeatures + i] = nearest.empty() ? z[i] : z[i] - nearest[i];
    }
  }
  return Finite(out) ? Status::kOk : Status::kNotANumber;
}

Result<std::size_t> TokensFor(const NetworkShape& shape, std::size_t axes) {
  if (axes == 0 || axes > signal::kMaxAxes) return Status::kModelMismatch;
  const std::size_t tokens = axes * kTokensPerAxis;
  if (shape.positions == kTokensPerAxis && shape.inputs == kTokenInputs &&
      tokens <= shape.max_tokens) {
    return tokens;
  }
  if (shape.positions == 1 && shape.inputs == tokens * kTokenInputs) {
    return std::size_t{1};
  }
  return Status::kModelMismatch;
}

}  // namespace torpor::model

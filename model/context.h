// What a machine's own past adds to a window: how it was when it was new, and its last
// few windows. detect/ fills it; with it, one inference is a function of its arguments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "signal/features.h"

namespace torpor::model {

inline constexpr std::size_t kMaxExemplars = 8;

// Of fixed size, so that it crosses to an accelerator's process as it is. 37 kB.
struct Context {
  std::uint32_t features = 0;   // 0: nothing is known of the machine yet
  std::uint32_t earlier = 0;    // windows in earlier_sum
  std::uint32_t exemplars = 0;  // up to kMaxExemplars

  std::array<double, signal::kMaxFeatures> earlier_sum{};  // of their features
  // Of the machine's own commissioning. z = (x - mean) * inverse_scale.
  std::array<float, signal::kMaxFeatures> mean{};
  std::array<float, signal::kMaxFeatures> inverse_scale{};
  // Minutes of its commissioning as z, one after another, `features` each.
  std::array<float, kMaxExemplars * signal::kMaxFeatures> exemplar_z{};

  [[nodiscard]] std::span<const float> own_mean() const {
    return std::span(mean).first(features);
  }
  [[nodiscard]] std::span<const float> own_inverse_scale() const {
    return std::span(inverse_scale).first(features);
  }
  [[nodiscard]] std::span<const float> own_exemplars() const {
    return std::span(exemplar_z).first(std::size_t{exemplars} * features);
  }
};

// What one score is made of: the mean of the earlier windows and the newest one.
inline void MeanWith(const Context& context, std::span<const float> newest,
                     std::span<float> mean) {
  const double share = 1.0 / (context.earlier + 1.0);
  for (std::size_t f = 0; f < mean.size(); ++f) {
    mean[f] = static_cast<float>((context.earlier_sum[f] + double{newest[f]}) * share);
  }
}

}  // namespace torpor::model

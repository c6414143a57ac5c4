// What a machine's own past adds to a window: how it was when it was new, and its last
// few windows. detect/ fills it; with it, one inference is a function of its arguments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/assemble.h"
#include "signal/features.h"

namespace torpor::model {

// 37 kB, no heap.
struct Context {
  std::uint32_t features = 0;   // 0: nothing is known of the machine yet
  std::uint32_t earlier = 0;    // windows in earlier_sum
  std::uint32_t exemplars = 0;  // up to kMaxExemplars

  std::array<double, signal::kMaxFeatures> earlier_sum{};  // of their features
  // Of the machine's own commissioning. z = (x - mean) * inverse_scale.
  std::array<float, signal::kMaxFeatures> mean{};
  std::array<float, signal::kMaxFeatures> inverse_scale{};
  // Minutes of its commissioning as whitened z, one after another, `features` each.
  std::array<float, kMaxExemplars * signal::kMaxFeatures> exemplar_z{};
  // What whitens (Normal::factor); lies with whoever made this, and outlives it.
  std::span<const float> factor;

  [[nodiscard]] bool knows_the_machine() const { return features > 0; }
  [[nodiscard]] Normal normal() const {
    return {std::span(mean).first(features), std::span(inverse_scale).first(features),
            std::span(exemplar_z).first(std::size_t{exemplars} * features), factor};
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

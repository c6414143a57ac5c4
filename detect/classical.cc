#include "detect/classical.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace torpor::detect {

double ClassicalDistance(std::span<const float> whitened) {
  const std::size_t count = ClassicalFeatures(whitened.size() / model::kAxisFeatures);
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double y = double{whitened[model::SpectrumFeature(i)]};
    squares += y * y;
  }
  return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, count)));
}

double UsualDistance(std::span<const float> exemplars, std::size_t features) {
  std::array<double, model::kMaxExemplars> distances{};
  std::size_t count = 0;
  while (count < distances.size() && (count + 1) * features <= exemplars.size()) {
    distances[count] = ClassicalDistance(exemplars.subspan(count * features, features));
    ++count;
  }
  std::sort(distances.begin(), distances.begin() + count);
  const double median =
      count == 0 ? 0 : (distances[count / 2] + distances[(count - 1) / 2]) / 2;
  return median > 0 ? median : 1;
}

}  // namespace torpor::detect

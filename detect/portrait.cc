#include "detect/portrait.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "detect/baseline.h"
#include "signal/features.h"

namespace torpor::detect {
namespace {

// Root of the mean square of `value` over `count` features from `first` on, of each axis.
template <class Value>
double RootMeanSquare(std::size_t features, std::size_t first, std::size_t count,
                      Value value) {
  const std::size_t axes = features / signal::kFeaturesPerAxis;
  double squares = 0;
  for (std::size_t a = 0; a < axes; ++a) {
    for (std::size_t i = 0; i < count; ++i) {
      const double x = value(a * signal::kFeaturesPerAxis + first + i);
      squares += x * x;
    }
  }
  return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, axes * count)));
}

template <class Value>
double OverSpectrum(std::size_t features, Value value) {
  return RootMeanSquare(features, 0, signal::kBands, value);
}

double Trend(const Exemplars& exemplars, const Baseline& baseline) {
  const std::uint32_t half = exemplars.count() / 2;
  if (half == 0) return 0;
  return OverSpectrum(baseline.features(), [&](std::size_t f) {
    double change = 0;
    for (std::uint32_t i = 0; i < half; ++i) {
      change += double{exemplars.raw(exemplars.count() - 1 - i)[f]} -
                double{exemplars.raw(i)[f]};
    }
    return change / half / double{baseline.deviation[f]};
  });
}

}  // namespace

Portrait Portray(const Commissioning& own, const Baseline& baseline) {
  const auto strange = [&](std::size_t f) {
    return (own.mean(f) - double{baseline.typical[f]}) / double{baseline.between[f]};
  };
  Portrait portrait;
  portrait.trend = Trend(own.exemplars(), baseline);
  portrait.spread = OverSpectrum(own.features(), [&](std::size_t f) {
    return std::sqrt(own.Variance(f)) / double{baseline.deviation[f]};
  });
  portrait.strangeness = OverSpectrum(own.features(), strange);
  portrait.impulsiveness =
      RootMeanSquare(own.features(), signal::kFirstSubBand, signal::kSubBands, strange);
  return portrait;
}

Status Accept(const Portrait& portrait, const Portrait& limits) {
  if (portrait.strangeness > limits.strangeness ||
      portrait.impulsiveness > limits.impulsiveness) {
    return Status::kSickWhenNew;
  }
  if (portrait.trend > limits.trend || portrait.spread > limits.spread) {
    return Status::kNotSteady;
  }
  return Status::kOk;
}

}  // namespace torpor::detect

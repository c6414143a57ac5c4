// Minutes for tests: every number drawn from a seed, of one axis.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "detect/evaluation/machine.h"
#include "signal/features.h"

namespace torpor::detect::evaluation {

// `place` shifts all logarithms: another machine; `fault` raises every third band of
// log-mel from `onset` on, and the level and kurtosis with it.
struct TestLife {
  std::uint32_t seed = 1;
  std::size_t minutes = 100;
  double place = 0;
  double fault = 0;
  std::size_t onset = 1000;
};

inline Minutes MakeMinutes(const TestLife& life) {
  constexpr auto kFeatures = static_cast<Eigen::Index>(signal::kFeaturesPerAxis);
  constexpr auto kBands = static_cast<Eigen::Index>(signal::kBands);
  constexpr Eigen::Index kWindows = 6;
  std::mt19937 random(life.seed);
  std::normal_distribution<double> noise(0, 0.1);
  const auto n = static_cast<Eigen::Index>(life.minutes);
  Minutes m;
  m.windows_each = kWindows;
  m.windows.resize(kFeatures, n * kWindows);
  m.tokens = Matrix::Zero(kFeatures, n);
  m.band_power = Matrix::Zero(kBands, n);
  m.mean_square = Matrix::Zero(1, n);
  m.kurtosis = Matrix::Zero(1, n);
  for (Eigen::Index w = 0; w < n * kWindows; ++w) {
    const Eigen::Index minute = w / kWindows;
    const bool faulty = static_cast<std::size_t>(minute) >= life.onset;
    const double raised = faulty ? life.fault : 0;
    for (Eigen::Index f = 0; f < kFeatures; ++f) {
      const double fault = f < kBands && f % 3 == 0 ? raised : 0;
      const double x = life.place + noise(random) + fault;
      m.windows(f, w) = static_cast<float>(x);
      m.tokens(f, minute) += x / kWindows;
      if (f < kBands) m.band_power(f, minute) += std::exp(x) / kWindows;
    }
    m.mean_square(0, minute) += std::exp(life.place + noise(random) + raised) / kWindows;
    m.kurtosis(0, minute) += 3 * std::exp(noise(random) + raised) / kWindows;
  }
  m.line_power = m.band_power;
  return m;
}

// Machines of different places; all but the first stay healthy until 90 % of life, and
// then grow worse.
inline std::vector<Machine> MakeMachines(std::size_t count, double fault = 1) {
  std::vector<Machine> machines(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    machines[i].id = "machine-" + std::to_string(i);
    machines[i].fold = i % 3;
    machines[i].life = MakeMinutes(
        {number + 1, 100 + 10 * i, 0.7 * number, fault, (100 + 10 * i) * 9 / 10});
    static_cast<void>(machines[i].Commission({}));
  }
  return machines;
}

}  // namespace torpor::detect::evaluation

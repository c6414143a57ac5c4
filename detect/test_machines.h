// Machines for tests: features drawn from a seed, each machine with its own mean, which
// is all that detection looks at.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "detect/fit.h"
#include "detect/life.h"

namespace torpor::detect {

inline constexpr signal::Shape kTestShape{1'000'000, 1, 1000, 8'000};
inline constexpr Rule kTestRule{20, 3, 4, 6};

inline FitOptions TestOptions() {
  FitOptions options;
  options.shape = kTestShape;
  options.rule = kTestRule;
  return options;
}

// A look at a machine of level 1 g; `fault` raises every third band of its spectrum.
inline Look LookAt(std::mt19937& random, std::uint64_t machine, double fault) {
  std::mt19937 own(static_cast<std::uint32_t>(machine * 7919 + 1));
  std::normal_distribution<float> place(0, 2), noise(0, 0.3F);
  Look look;
  look.output.count = static_cast<std::uint32_t>(signal::kFeaturesPerAxis);
  for (std::size_t b = 0; b < signal::kFeaturesPerAxis; ++b) {
    const double raised = b < signal::kBands && b % 3 == 0 ? fault : 0;
    // Machines differ in their spectra more than in their impulses.
    const float scale = b < signal::kBands ? 1.0F : 0.1F;
    look.output.values[b] =
        scale * place(own) + noise(random) + static_cast<float>(raised);
  }
  look.output.levels.rms_g[0] = 1;
  look.output.levels.offset_g[0] = 1;
  return look;
}

// Healthy until `onset`, then a fault that grows by 0.05 a cycle.
inline Life LifeOf(std::uint64_t machine, std::size_t cycles, std::size_t onset) {
  std::mt19937 random(static_cast<std::uint32_t>(machine + 100));
  Life life;
  life.id = "machine-" + std::to_string(machine);
  for (std::size_t i = 0; i < cycles; ++i) {
    const double fault = i < onset ? 0 : 0.05 * static_cast<double>(i - onset);
    life.looks.push_back(LookAt(random, machine, fault));
  }
  life.healthy_cycles = std::min(onset, cycles);
  return life;
}

inline std::vector<Life> Fleet(std::uint64_t machines, std::size_t cycles,
                               std::size_t onset) {
  std::vector<Life> lives;
  for (std::uint64_t m = 1; m <= machines; ++m) lives.push_back(LifeOf(m, cycles, onset));
  return lives;
}

inline std::vector<const Life*> Pointers(const std::vector<Life>& lives) {
  std::vector<const Life*> pointers;
  for (const Life& life : lives) pointers.push_back(&life);
  return pointers;
}

// Of five healthy machines, none of which is machine 50.
inline Baseline TestBaseline() {
  const auto lives = Fleet(5, 200, 200);
  std::string problem;
  return Fit(Pointers(lives), TestOptions(), problem)->baseline;
}

}  // namespace torpor::detect

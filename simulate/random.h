// Random numbers that are the same on every run: their key says what they are for.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numbers>
#include <span>

namespace torpor::simulate {

// SplitMix64, seeded by folding the key's numbers together; distribution and order of
// drawing are ours, so that no standard library changes a window.
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA
// 2014; normals by Box and Muller, "A note on the generation of random normal deviates",
// Annals of Mathematical Statistics 29, 1958.
class Random {
 public:
  Random(std::initializer_list<std::uint64_t> key) {
    for (const std::uint64_t part : key) state_ = Next() ^ part;
  }

  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  // In [low, high).
  double Uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(Next() >> 11U) * 0x1p-53;
  }

  // Evenly spread over decades instead of over the numbers.
  double LogUniform(double low, double high) {
    return low * std::exp(Uniform(0, std::log(high / low)));
  }

  // Mean 0, standard deviation 1.
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(1 - Uniform(0, 1)));
    return radius * std::cos(2 * std::numbers::pi * Uniform(0, 1));
  }

  // Time to the next of events that come `mean` apart without memory.
  double Exponential(double mean) { return -mean * std::log(1 - Uniform(0, 1)); }

  // Normals in single precision, two from each 64 bits: what a window is filled with.
  void FillNormal(std::span<float> out) {
    constexpr float kTurn = 2 * std::numbers::pi_v<float>;
    for (std::size_t i = 0; i < out.size(); i += 2) {
      const std::uint64_t bits = Next();
      const float above_0 = (static_cast<float>(bits >> 40U) + 0.5F) * 0x1p-24F;
      const float angle = kTurn * 0x1p-24F * static_cast<float>(bits & 0xFFFFFFU);
      const float radius = std::sqrt(-2 * std::log(above_0));
      out[i] = radius * std::cos(angle);
      if (i + 1 < out.size()) out[i + 1] = radius * std::sin(angle);
    }
  }

 private:
  std::uint64_t state_ = 0;
};

// A smooth random curve through [-1, 1] that is the same wherever it is asked first:
// values at whole x come from the key, between them it is blended.
inline double SmoothNoise(std::uint64_t seed, std::uint64_t purpose, double x) {
  const double whole = std::floor(x);
  const auto cell = static_cast<std::uint64_t>(static_cast<std::int64_t>(whole));
  const double a = Random({seed, purpose, cell}).Uniform(-1, 1);
  const double b = Random({seed, purpose, cell + 1}).Uniform(-1, 1);
  const double t = x - whole;
  return a + (b - a) * t * t * (3 - 2 * t);
}

}  // namespace torpor::simulate

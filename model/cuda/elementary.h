// The elementary functions of a run, once more for a CUDA device: step by step those of
// model/reference/elementary.h, which a device may not call. A plain C++ compiler takes
// this header too, so that a test compares them bit by bit.
#pragma once

#include <math.h>  // the functions that nvcc knows on both sides

#include <bit>
#include <cstdint>

#include "model/reference/elementary.h"

// What a device may call; nvcc's own word where nvcc reads this, nothing elsewhere.
#ifdef __CUDACC__
#define TORPOR_DEVICE __host__ __device__
#else
#define TORPOR_DEVICE
#endif

namespace torpor::model::cuda {

using Index = std::uint32_t;

// As std::max and std::min choose: of two zeros the first. fmaxf need not.
TORPOR_DEVICE inline float Larger(float a, float b) { return a < b ? b : a; }
TORPOR_DEVICE inline float Smaller(float a, float b) { return b < a ? b : a; }

// Horner's rule with fused steps, highest power first.
template <std::size_t count>
TORPOR_DEVICE inline float Polynomial(const float (&coefficients)[count], float x) {
  float p = coefficients[0];
  for (std::size_t i = 1; i < count; ++i) p = fmaf(p, x, coefficients[i]);
  return p;
}

TORPOR_DEVICE inline float Exp2(float x) {
  static_assert(kExp2Coefficients.size() == 7);
  // Entry by entry: a device has no array of the host's.
  constexpr float coefficients[] = {kExp2Coefficients[0], kExp2Coefficients[1],
                                    kExp2Coefficients[2], kExp2Coefficients[3],
                                    kExp2Coefficients[4], kExp2Coefficients[5],
                                    kExp2Coefficients[6]};
  x = Larger(x, kExp2Lowest);
  const float shifted = x + kRoundingMagic;
  const float f = x - (shifted - kRoundingMagic);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(Polynomial(coefficients, f)) +
                              (std::bit_cast<std::uint32_t>(shifted) << 23));
}

TORPOR_DEVICE inline float Log(float x) {
  static_assert(kLogCoefficients.size() == 9);
  constexpr float coefficients[] = {
      kLogCoefficients[0], kLogCoefficients[1], kLogCoefficients[2],
      kLogCoefficients[3], kLogCoefficients[4], kLogCoefficients[5],
      kLogCoefficients[6], kLogCoefficients[7], kLogCoefficients[8]};
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) + (kOneBits - kSqrtHalfBits);
  const auto e = static_cast<float>(static_cast<std::int32_t>(bits >> 23) - 127);
  const float f = std::bit_cast<float>((bits & 0x007FFFFFU) + kSqrtHalfBits) - 1.0F;
  const float f2 = f * f;
  float y = f * f2 * Polynomial(coefficients, f);
  y = fmaf(e, kLn2Low, y);
  y = fmaf(f2, -0.5F, y);
  return fmaf(e, kLn2High, f + y);
}

TORPOR_DEVICE inline float Squash(float z) {
  const float a = Smaller(fabsf(z), kMaxSquashed);
  const float y = Smaller(Log(a + sqrtf(fmaf(a, a, 1.0F))) * 0.25F, 2.0F);
  return copysignf(y, z);
}

TORPOR_DEVICE inline std::int32_t Quantize(float x, float inverse_scale,
                                           std::int32_t low) {
  float v = fmaf(x, inverse_scale, kRoundingMagic);
  v = Larger(v, kRoundingMagic + static_cast<float>(low));
  v = Smaller(v, kRoundingMagic + 127.0F);
  return static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(v) -
                                   std::bit_cast<std::uint32_t>(kRoundingMagic));
}

// A long sum: four sums that take turns, added at the end.
struct Sum {
  float part[4] = {0, 0, 0, 0};
  TORPOR_DEVICE void Add(Index i, float value) { part[i % 4] += value; }
  TORPOR_DEVICE void AddProduct(Index i, float a, float b) {
    part[i % 4] = fmaf(a, b, part[i % 4]);
  }
  [[nodiscard]] TORPOR_DEVICE float total() const {
    return (part[0] + part[1]) + (part[2] + part[3]);
  }
};

}  // namespace torpor::model::cuda

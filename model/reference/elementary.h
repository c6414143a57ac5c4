// The elementary functions of a run, made of IEEE 754 additions, multiplications, square
// roots and fused multiply-adds in a fixed order: so that every processor gives every bit
// alike. model/hwy/ has the same steps for vectors.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace torpor::model {

// Adding it rounds a small number to a whole one, half to even, into the lowest bits.
inline constexpr float kRoundingMagic = 12582912.0F;  // 1.5 * 2^23

// 2^f for f in [-0.5, 0.5], highest power first; relative error below 2^-22.
// Source: Moshier, Cephes mathematical library 2.2, exp2f.
inline constexpr std::array kExp2Coefficients = {1.535336188319500e-4F,
                                                 1.339887440266574e-3F,
                                                 9.618437357674640e-3F,
                                                 5.550332471162809e-2F,
                                                 2.402264791363012e-1F,
                                                 6.931472028550421e-1F,
                                                 1.0F};
inline constexpr float kExp2Lowest = -126.0F;  // below it the result is that of -126

// 2^x for x <= 0.
inline float Exp2(float x) {
  x = std::max(x, kExp2Lowest);
  const float shifted = x + kRoundingMagic;
  const float f = x - (shifted - kRoundingMagic);
  float p = kExp2Coefficients[0];
  for (std::size_t i = 1; i < kExp2Coefficients.size(); ++i) {
    p = std::fma(p, f, kExp2Coefficients[i]);
  }
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(p) +
                              (std::bit_cast<std::uint32_t>(shifted) << 23));
}

// log(1 + f) = f - f^2 / 2 + f^3 * polynomial for 1 + f in [sqrt(1/2), sqrt(2)]; error
// below 2^-23. Source: the same, logf.
inline constexpr std::array kLogCoefficients = {
    7.0376836292e-2F,  -1.1514610310e-1F, 1.1676998740e-1F,
    -1.2420140846e-1F, 1.4249322787e-1F,  -1.6668057665e-1F,
    2.0000714765e-1F,  -2.4999993993e-1F, 3.3333331174e-1F};
inline constexpr std::uint32_t kSqrtHalfBits = 0x3F3504F3;
inline constexpr std::uint32_t kOneBits = 0x3F800000;
inline constexpr float kLn2High = 0.693359375F;  // exact in 10 bits
inline constexpr float kLn2Low = -2.12194440e-4F;

// The natural logarithm of a finite x >= 1.
inline float Log(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) + (kOneBits - kSqrtHalfBits);
  const auto e = static_cast<float>(static_cast<std::int32_t>(bits >> 23) - 127);
  const float f = std::bit_cast<float>((bits & 0x007FFFFFU) + kSqrtHalfBits) - 1.0F;
  float p = kLogCoefficients[0];
  for (std::size_t i = 1; i < kLogCoefficients.size(); ++i) {
    p = std::fma(p, f, kLogCoefficients[i]);
  }
  const float f2 = f * f;
  float y = f * f2 * p;
  y = std::fma(e, kLn2Low, y);
  y = std::fma(f2, -0.5F, y);
  return std::fma(e, kLn2High, f + y);
}

inline constexpr float kMaxSquashed = 1e4F;  // of |z|, before its logarithm

// asinh(z) / 4, cut to [-2, 2].
inline float Squash(float z) {
  const float a = std::min(std::fabs(z), kMaxSquashed);
  const float y = std::min(Log(a + std::sqrt(std::fma(a, a, 1.0F))) * 0.25F, 2.0F);
  return std::copysign(y, z);
}

// x in steps of the scale whose inverse is given: the exact product, rounded half to even
// and cut to [low, 127].
inline std::int32_t Quantize(float x, float inverse_scale, std::int32_t low) {
  float v = std::fma(x, inverse_scale, kRoundingMagic);
  v = std::max(v, kRoundingMagic + static_cast<float>(low));
  v = std::min(v, kRoundingMagic + 127.0F);
  return static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(v) -
                                   std::bit_cast<std::uint32_t>(kRoundingMagic));
}

inline constexpr float kNormEpsilon = 1e-5F;

}  // namespace torpor::model

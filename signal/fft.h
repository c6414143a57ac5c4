// The Fourier transform of a power of two of complex numbers, for power spectra.
//
// An own one because it was measured to be needed: the transforms of one window of
// warehouse-60s take kissfft 0.62 ms where all of the front end has 0.6 ms, and its plans
// lie in RAM. This one runs along columns that any compiler vectorises (0.19 ms on plain
// x86-64), keeps its tables in flash, leaves frequencies in the order in which they fall
// out (a sum of powers does not mind), and is the same code on the microcontroller.
// docs/tokens.md has the numbers.
#pragma once

#include <cstddef>
#include <span>

namespace torpor::signal {

inline constexpr std::size_t kMinFft = 8;
inline constexpr std::size_t kMaxFft = 1024;

// Adds |Z[k]|^2 of z = re + i im to `sums`, all of one size, a power of two from kMinFft
// to kMaxFft; place p is of frequency FrequencyAt(p, size). Overwrites re and im, which
// are different memory. Allocates nothing.
//
// Float32: the error is below 7 log2(size) units of rounding of the 2-norm of Z (Higham
// 2002, theorem 24.2). Source: Cooley and Tukey 1965, radix 4 (2 once for odd powers),
// decimation in frequency.
void AddPower(std::span<float> re, std::span<float> im, std::span<float> sums);

[[nodiscard]] std::size_t FrequencyAt(std::size_t place, std::size_t size);

// A Hann window of that size, periodic: 0.5 - 0.5 cos(2 pi i / size).
[[nodiscard]] std::span<const float> Hann(std::size_t size);
// The sum of its squares.
[[nodiscard]] constexpr double HannPower(std::size_t size) {
  return 0.375 * static_cast<double>(size);
}

}  // namespace torpor::signal

#include "signal/fft.h"

#include <array>
#include <bit>
#include <cstdint>
#include <numbers>

namespace torpor::signal {
namespace {

// cos(2 pi i / kMaxFft) for a quarter of the circle, by its series: the compiler makes
// the tables, so that they are the same bits on every machine and lie in flash.
constexpr std::size_t kQuarter = kMaxFft / 4;

constexpr std::array<double, kQuarter + 1> MakeCosines() {
  std::array<double, kQuarter + 1> cosines{};
  for (std::size_t i = 0; i < cosines.size(); ++i) {
    const double x = 2 * std::numbers::pi * static_cast<double>(i) / kMaxFft;
    double term = 1;
    for (int n = 1; n <= 24; n += 2) {
      cosines[i] += term;
      term *= -x * x / (n * (n + 1));
    }
  }
  cosines[kQuarter] = 0;
  return cosines;
}
constexpr auto kCosines = MakeCosines();

constexpr double Cosine(std::size_t i) {
  i %= kMaxFft;
  if (i > kMaxFft / 2) i = kMaxFft - i;
  return i <= kQuarter ? kCosines[i] : -kCosines[kMaxFft / 2 - i];
}
constexpr double Sine(std::size_t i) { return Cosine(i + 3 * kQuarter); }

// exp(-2 pi i r j / (4 Q)) for the three outputs of a butterfly that are turned.
template <std::size_t Q>
struct Turns {
  std::array<float, Q> re[3]{};
  std::array<float, Q> im[3]{};
};

template <std::size_t Q>
constexpr Turns<Q> MakeTurns() {
  Turns<Q> turns;
  for (std::size_t r = 1; r <= 3; ++r) {
    for (std::size_t j = 0; j < Q; ++j) {
      const std::size_t i = r * j * (kMaxFft / (4 * Q));
      turns.re[r - 1][j] = static_cast<float>(Cosine(i));
      turns.im[r - 1][j] = static_cast<float>(-Sine(i));
    }
  }
  return turns;
}
template <std::size_t Q>
constexpr Turns<Q> kTurns = MakeTurns<Q>();

constexpr std::array<float, 2 * kMaxFft> MakeHann() {
  std::array<float, 2 * kMaxFft> hann{};  // those of size n from n on
  for (std::size_t n = 1; n <= kMaxFft; n *= 2) {
    for (std::size_t i = 0; i < n; ++i) {
      hann[n + i] = static_cast<float>(0.5 - 0.5 * Cosine(i * (kMaxFft / n)));
    }
  }
  return hann;
}
constexpr auto kHann = MakeHann();

// The five digits of base 4 in reverse.
constexpr std::array<std::uint16_t, kMaxFft> MakeReversed() {
  std::array<std::uint16_t, kMaxFft> reversed{};
  for (std::size_t i = 0; i < kMaxFft; ++i) {
    std::size_t digits = i;
    std::size_t turned = 0;
    for (std::size_t n = 1; n < kMaxFft; n *= 4) {
      turned = 4 * turned + digits % 4;
      digits /= 4;
    }
    reversed[i] = static_cast<std::uint16_t>(turned);
  }
  return reversed;
}
constexpr auto kReversed = MakeReversed();

// One stage of radix 4 over blocks of 4 Q.
template <std::size_t Q>
void Stage(float* re, float* im, std::size_t size) {
  const Turns<Q>& w = kTurns<Q>;
  for (std::size_t block = 0; block < size; block += 4 * Q) {
    float* __restrict ar = re + block;
    float* __restrict ai = im + block;
    for (std::size_t j = 0; j < Q; ++j) {
      const float sum02r = ar[j] + ar[j + 2 * Q];
      const float sum02i = ai[j] + ai[j + 2 * Q];
      const float dif02r = ar[j] - ar[j + 2 * Q];
      const float dif02i = ai[j] - ai[j + 2 * Q];
      const float sum13r = ar[j + Q] + ar[j + 3 * Q];
      const float sum13i = ai[j + Q] + ai[j + 3 * Q];
      const float dif13r = ar[j + Q] - ar[j + 3 * Q];
      const float dif13i = ai[j + Q] - ai[j + 3 * Q];
      const float y1r = dif02r + dif13i;
      const float y1i = dif02i - dif13r;
      const float y2r = sum02r - sum13r;
      const float y2i = sum02i - sum13i;
      const float y3r = dif02r - dif13i;
      const float y3i = dif02i + dif13r;
      ar[j] = sum02r + sum13r;
      ai[j] = sum02i + sum13i;
      ar[j + Q] = y1r * w.re[0][j] - y1i * w.im[0][j];
      ai[j + Q] = y1r * w.im[0][j] + y1i * w.re[0][j];
      ar[j + 2 * Q] = y2r * w.re[1][j] - y2i * w.im[1][j];
      ai[j + 2 * Q] = y2r * w.im[1][j] + y2i * w.re[1][j];
      ar[j + 3 * Q] = y3r * w.re[2][j] - y3i * w.im[2][j];
      ai[j + 3 * Q] = y3r * w.im[2][j] + y3i * w.re[2][j];
    }
  }
}

// The first stage of an odd power, of radix 2, over all 2 H; its turns are every second
// one of a stage twice as large.
template <std::size_t H>
void Halve(float* __restrict re, float* __restrict im) {
  const Turns<H>& w = kTurns<H>;
  for (std::size_t j = 0; j < H; ++j) {
    const float difr = re[j] - re[j + H];
    const float difi = im[j] - im[j + H];
    re[j] += re[j + H];
    im[j] += im[j + H];
    re[j + H] = difr * w.re[1][j] - difi * w.im[1][j];
    im[j + H] = difr * w.im[1][j] + difi * w.re[1][j];
  }
}

// The last stage turns nothing and is followed by the power.
void Last(const float* __restrict re, const float* __restrict im, std::size_t quarter,
          float* __restrict sums) {
  for (std::size_t b = 0; b < quarter; ++b) {
    const float sum02r = re[4 * b] + re[4 * b + 2];
    const float sum02i = im[4 * b] + im[4 * b + 2];
    const float dif02r = re[4 * b] - re[4 * b + 2];
    const float dif02i = im[4 * b] - im[4 * b + 2];
    const float sum13r = re[4 * b + 1] + re[4 * b + 3];
    const float sum13i = im[4 * b + 1] + im[4 * b + 3];
    const float dif13r = re[4 * b + 1] - re[4 * b + 3];
    const float dif13i = im[4 * b + 1] - im[4 * b + 3];
    const float y0r = sum02r + sum13r;
    const float y0i = sum02i + sum13i;
    const float y1r = dif02r + dif13i;
    const float y1i = dif02i - dif13r;
    const float y2r = sum02r - sum13r;
    const float y2i = sum02i - sum13i;
    const float y3r = dif02r - dif13i;
    const float y3i = dif02i + dif13r;
    sums[b] += y0r * y0r + y0i * y0i;
    sums[b + quarter] += y1r * y1r + y1i * y1i;
    sums[b + 2 * quarter] += y2r * y2r + y2i * y2i;
    sums[b + 3 * quarter] += y3r * y3r + y3i * y3i;
  }
}

}  // namespace

void AddPower(std::span<float> re, std::span<float> im, std::span<float> sums) {
  float* r = re.data();
  float* i = im.data();
  const std::size_t size = re.size();
  switch (size) {
    case 512:
      Halve<256>(r, i);
      break;
    case 128:
      Halve<64>(r, i);
      break;
    case 32:
      Halve<16>(r, i);
      break;
    case 8:
      Halve<4>(r, i);
      break;
    default:
      break;
  }
  if (size >= 1024) Stage<256>(r, i, size);
  if (size >= 256) Stage<64>(r, i, size);
  if (size >= 64) Stage<16>(r, i, size);
  if (size >= 16) Stage<4>(r, i, size);
  Last(r, i, size / 4, sums.data());
}

// All sizes are powers of two, so that nothing here need divide.
std::size_t FrequencyAt(std::size_t place, std::size_t size) {
  const int bits = std::countr_zero(size);
  const std::size_t quarter = size / 4;
  const std::size_t i =  // where the last stage found it
      ((place & (quarter - 1)) << 2U) | (place >> (bits - 2));
  constexpr int kBits = std::countr_zero(kMaxFft);
  if (bits % 2 == 0) return kReversed[i << (kBits - bits)];
  const std::size_t half = size / 2;
  return 2 * kReversed[(i & (half - 1)) << (kBits - bits + 1)] + (i >> (bits - 1));
}

std::span<const float> Hann(std::size_t size) {
  return std::span(kHann).subspan(size, size);
}

}  // namespace torpor::signal

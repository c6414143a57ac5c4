#include "signal/fft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <vector>

#include "signal/test_plain_tokens.h"

namespace torpor::signal {
namespace {

TEST(Fft, IsThePlainOneOfEverySize) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal(0, 1000);
  for (std::size_t size = kMinFft; size <= kMaxFft; size *= 2) {
    std::vector<float> re(size), im(size), sums(size, 3.0F);
    std::vector<std::complex<double>> z(size);
    for (std::size_t i = 0; i < size; ++i) {
      re[i] = static_cast<float>(normal(random));
      im[i] = static_cast<float>(normal(random));
      z[i] = {re[i], im[i]};
    }
    AddPower(re, im, sums);
    z = PlainFft(std::move(z));
    double loudest = 0;
    for (const auto& value : z) loudest = std::max(loudest, std::norm(value));
    std::vector<bool> seen(size);
    for (std::size_t p = 0; p < size; ++p) {
      const std::size_t k = FrequencyAt(p, size);
      ASSERT_LT(k, size);
      seen[k] = true;
      EXPECT_NEAR(sums[p] - 3.0, std::norm(z[k]), 2 * TransformError(size) * loudest)
          << size << ", " << k;
    }
    EXPECT_EQ(std::ranges::count(seen, false), 0);
  }
}

TEST(Fft, HasTheWindowOfEverySize) {
  for (std::size_t size = kMinFft; size <= kMaxFft; size *= 2) {
    const auto hann = Hann(size);
    ASSERT_EQ(hann.size(), size);
    for (std::size_t i = 0; i < size; ++i) {
      const double angle =
          2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size);
      EXPECT_FLOAT_EQ(hann[i], static_cast<float>(0.5 - 0.5 * std::cos(angle)));
    }
  }
}

}  // namespace
}  // namespace torpor::signal

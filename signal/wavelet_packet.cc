#include "signal/wavelet_packet.h"

#include <algorithm>

namespace torpor::signal {
namespace {

constexpr std::size_t kTaps = 8;

// Daubechies' filter with four vanishing moments, its energy first.
constexpr std::array<float, kTaps> kLow = {0.23037781330885523F,  0.7148465705525415F,
                                           0.6308807679295904F,   -0.02798376941698385F,
                                           -0.18703481171888114F, 0.030841381835986965F,
                                           0.032883011666982945F, -0.010597401784997278F};
// Its mirror, the other half of the spectrum.
constexpr std::array<float, kTaps> kHigh = {kLow[7], -kLow[6], kLow[5], -kLow[4],
                                            kLow[3], -kLow[2], kLow[1], -kLow[0]};

using Columns = std::array<float, WaveletPacket::kColumns>;

void Filter(const std::array<const float*, kTaps>& x, Columns& low, Columns& high) {
  for (std::size_t m = 0; m < low.size(); ++m) {
    float l = 0;
    float h = 0;
    for (std::size_t k = 0; k < kTaps; ++k) {
      l += kLow[k] * x[k][m];
      h += kHigh[k] * x[k][m];
    }
    low[m] = l;
    high[m] = h;
  }
}

}  // namespace

void WaveletPacket::Restart() { rows_ = {}; }

void WaveletPacket::Push(std::span<const float> samples) {
  // What was newest becomes history.
  for (std::size_t level = 0; level < kDepth; ++level) {
    for (RowStore& row : rows_[level]) {
      std::copy_n(row.end() - kHistory, kHistory, row.begin());
    }
  }
  for (std::size_t t = 0; t < samples.size(); ++t) {
    rows_[0][t % kRows][kHistory + t / kRows] = samples[t];
  }
  Split<0>();
  Split<1>();
  Split<2>();
  Split<3>();
  Split<4>();
}

// Coefficient j of a half is the sum over k of its filter's tap k and coefficient
// 2 j + 1 - k of the node. The high half of every second node comes out upside down in
// frequency, and so changes places with the low one.
template <std::size_t kLevel>
void WaveletPacket::Split() {
  constexpr std::size_t kPhases = kRows >> kLevel;
  constexpr std::size_t kHalf = kPhases / 2;
  for (std::size_t node = 0; node < kRows / kPhases; ++node) {
    const std::size_t mirrored = node % 2;
    auto* low_rows = &rows_[kLevel + 1][(2 * node + mirrored) * kHalf];
    auto* high_rows = &rows_[kLevel + 1][(2 * node + 1 - mirrored) * kHalf];
    for (std::size_t q = 0; q < kHalf; ++q) {
      std::array<const float*, kTaps> x;
      for (std::size_t k = 0; k < kTaps; ++k) {
        const std::size_t t = kHistory * kPhases + 2 * q + 1 - k;
        x[k] = rows_[kLevel][node * kPhases + t % kPhases].data() + t / kPhases;
      }
      Columns low;
      Columns high;
      Filter(x, low, high);
      std::ranges::copy(low, low_rows[q].begin() + kHistory);
      std::ranges::copy(high, high_rows[q].begin() + kHistory);
    }
  }
}

}  // namespace torpor::signal

#include "signal/impulsiveness.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace torpor::signal {
namespace {

constexpr std::size_t kRows = WaveletPacket::kRows;

std::size_t Usable(std::size_t level, std::size_t columns) {
  const std::size_t all = (kRows >> level) * columns;
  const std::size_t unusable = WaveletPacket::kUnusable[level];
  return all > unusable ? all - unusable : 0;
}

}  // namespace

void Impulsiveness::Prepare(std::size_t columns) {
  level_ = WaveletPacket::kDepth;
  while (level_ > 0 && Usable(level_, columns) < kEnough) --level_;
  Restart();
}

void Impulsiveness::Restart() {
  sums_ = {};
  columns_ = 0;
}

void Impulsiveness::Push(const WaveletPacket& packet, std::size_t columns) {
  constexpr std::size_t kColumns = WaveletPacket::kColumns;
  const std::size_t phases = kRows >> level_;
  for (std::size_t row = 0; row < kRows; ++row) {
    std::array<float, kColumns> x;
    std::ranges::copy(packet.Row(level_, row), x.begin());
    // What the beginning spoils and what the end has not filled.
    const std::size_t phase = row % phases;
    for (std::size_t m = 0;
         (columns_ + m) * phases + phase < WaveletPacket::kUnusable[level_]; ++m) {
      x[m] = 0;
    }
    for (std::size_t m = columns; m < kColumns; ++m) x[m] = 0;
    Add(x, sums_[row / phases]);
  }
  columns_ += columns;
}

void Impulsiveness::Add(std::span<const float, WaveletPacket::kColumns> x, Sums& sums) {
  for (std::size_t m = 0; m < x.size(); m += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      const float square = x[m + l] * x[m + l];
      sums.squares[l] += square;
      sums.fourths[l] += square * square;
    }
  }
}

// Gaussian noise of variance q that is added to x makes E[x^4] + 6 q E[x^2] + 3 q^2 of
// its fourth moment.
void Impulsiveness::Finish(float noise, std::span<float, kSubBands> features) const {
  const auto n = static_cast<float>(Usable(level_, columns_));
  const std::size_t phases = kRows >> level_;
  for (std::size_t f = 0; f < kSubBands; ++f) {
    const Sums& sums = sums_[f / phases];
    const float second =
        std::accumulate(sums.squares.begin(), sums.squares.end(), 0.0F) / n;
    const float fourth =
        std::accumulate(sums.fourths.begin(), sums.fourths.end(), 0.0F) / n;
    const float power = second + noise;
    features[f] =
        std::log((fourth + 6 * noise * second + 3 * noise * noise) / (3 * power * power));
  }
}

}  // namespace torpor::signal

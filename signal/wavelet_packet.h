// Splits the vibration of one axis into 32 sub-bands of equal width, in order of
// frequency, block by block, so that a window of any length needs the same memory.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace torpor::signal {

// A level has kRows rows: the 2^level sub-bands (nodes), lowest frequency first, and for
// each the kRows >> level phases of its time. Coefficient t of a node is column
// t / phases of its row t % phases. So every filter runs along columns that lie side by
// side, at every level, and nothing is ever shuffled.
//
// The transform is orthonormal: white noise has the same variance in every coefficient.
// A sub-band is not sharp: it hears its neighbours too, often only 6 dB quieter.
//
// 16 kB, no heap. Source: Daubechies 1988 (filters); Coifman and Wickerhauser 1992
// (packets); order of frequency is the Gray code of the path.
class WaveletPacket {
 public:
  static constexpr std::size_t kDepth = 5;
  static constexpr std::size_t kRows = std::size_t{1} << kDepth;
  static constexpr std::size_t kColumns = 16;
  static constexpr std::size_t kBlock = kRows * kColumns;  // samples

  // Of a level: how many coefficients at the beginning of a window are not to be used,
  // because a part of their filter lies before it.
  static constexpr std::array<std::size_t, kDepth + 1> kUnusable = {0, 3, 5, 6, 6, 6};

  // A window begins.
  void Restart();

  // The next samples of an axis, less than kBlock only at the end of a window. Columns
  // that are not full mean nothing.
  void Push(std::span<const float> samples);

  // The newest block of a row.
  [[nodiscard]] std::span<const float, kColumns> Row(std::size_t level,
                                                     std::size_t row) const {
    return std::span<const float, kColumns>(rows_[level][row].data() + kHistory,
                                            kColumns);
  }

 private:
  // The deepest split looks 8 samples back, two of them to a column.
  static constexpr std::size_t kHistory = 4;
  using RowStore = std::array<float, kHistory + kColumns>;

  template <std::size_t kLevel>
  void Split();

  std::array<std::array<RowStore, kRows>, kDepth + 1> rows_{};
};

}  // namespace torpor::signal

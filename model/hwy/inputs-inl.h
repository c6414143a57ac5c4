// What linear maps read: the inputs of an int8 network and of a float one, how they are
// stored, and a tile of y = W x + bias made from them. Included once for each instruction
// set, inside its namespace.

// Inputs of an int8 network's linear maps: four features to a word.
struct Int8 {
  using Input = std::uint32_t;
  static constexpr std::size_t kRows = kTileRows;  // of a tile

  // v holds features 4 * group .. + 3.
  static HWY_INLINE void Store(const PackedLinear& linear, const VF (&v)[4], float low,
                               Input* x, std::size_t group, std::size_t stride) {
    constexpr float kMagic = kRoundingMagic + static_cast<float>(kByteOffset);
    const VF inverse = hn::Set(kF, linear.inverse_input_scale);
    VU word[4];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      VF q = hn::MulAdd(v[i], inverse, hn::Set(kF, kMagic));
      q = hn::Max(q, hn::Set(kF, kMagic + low));
      q = hn::Min(q, hn::Set(kF, kMagic + static_cast<float>(kMaxQuantizedInput)));
      word[i] = hn::BitCast(kU, q);
    }
    const VU byte = hn::Set(kU, 0xFF);
    const VU ab =
        hn::Or(hn::And(word[0], byte), hn::ShiftLeft<8>(hn::And(word[1], byte)));
    const VU cd =
        hn::Or(hn::ShiftLeft<16>(hn::And(word[2], byte)), hn::ShiftLeft<24>(word[3]));
    hn::Store(hn::Or(ab, cd), kU, x + group * stride);
  }
  static constexpr float kLowest = static_cast<float>(kMinQuantizedInput);

  template <std::size_t kVectors, class Use>
  static HWY_INLINE void Tile(const PackedLinear& m, std::size_t row, const Input* x,
                              std::size_t stride, const Use& use) {
    VI sum[kTileRows][kVectors];
    const std::size_t block = row / kRowBlock;
    DotTile<kVectors>(m.quantized + block * kRowBlock * m.cols + 4 * (row % kRowBlock), x,
                      stride, m.cols / 4, m.row_sum + row, sum);
    VF y[kTileRows][kVectors];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        y[r][v] = hn::MulAdd(hn::ConvertTo(kF, sum[r][v]), hn::Set(kF, m.scale[row + r]),
                             hn::Set(kF, m.bias[row + r]));
      }
    }
    use(y);
  }
};

struct Float {
  using Input = float;
  static constexpr std::size_t kRows = kFloatRows;  // of a tile
  static constexpr float kLowest = -std::numeric_limits<float>::max();

  static HWY_INLINE void Store(const PackedLinear& /*linear*/, const VF (&v)[4],
                               float low, Input* x, std::size_t group,
                               std::size_t stride) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      hn::Store(hn::Max(v[i], hn::Set(kF, low)), kF, x + (4 * group + i) * stride);
    }
  }

  template <std::size_t kVectors, class Use>
  static HWY_INLINE void Tile(const PackedLinear& m, std::size_t row, const Input* x,
                              std::size_t stride, const Use& use) {
    VF y[kRows][kVectors];
    const std::size_t block = row / kRowBlock;
    DotTile<kVectors>(m.weight + block * kRowBlock * m.cols + row % kRowBlock, x, stride,
                      m.cols, y);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        y[r][v] = hn::Add(y[r][v], hn::Set(kF, m.bias[row + r]));
      }
    }
    use(y);
  }
};

// Rows of a tile as inputs of the next linear map.
template <class P, std::size_t kRows, std::size_t kVectors>
HWY_INLINE void StoreRows(const PackedLinear& next, const VF (&y)[kRows][kVectors],
                          float low, typename P::Input* x, std::size_t stride,
                          std::size_t row, std::size_t t) {
#pragma GCC unroll 2
  for (std::size_t r = 0; r < kRows; r += 4) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
      const VF four[4] = {y[r][v], y[r + 1][v], y[r + 2][v], y[r + 3][v]};
      P::Store(next, four, low, x + t + v * kN, (row + r) / 4, stride);
    }
  }
}

template <std::size_t kRows, std::size_t kVectors, class Use>
HWY_INLINE void ForEach(const VF (&y)[kRows][kVectors], const Use& use) {
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) use(r, v, y[r][v]);
  }
}

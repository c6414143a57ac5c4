// The heart of every linear map: a tile of rows times vectors of tokens whose sums stay
// in registers. Included once for each instruction set, inside its namespace.
//
// Four int8 inputs of a token are one 32-bit word. On x86 they are unsigned bytes, 128
// above their value, because its instructions multiply unsigned by signed; the sum begins
// at -128 times the sum of the row's weights. NEON multiplies signed by signed.

#if HWY_ARCH_X86
constexpr std::int32_t kByteOffset = 128;
#else
constexpr std::int32_t kByteOffset = 0;
#endif

// Rows of a tile: of bytes, and of floats.
#if HWY_TARGET == HWY_AVX2  // 16 registers
constexpr std::size_t kTileRows = 4, kFloatRows = 4, kTileVectors = 2;
#elif HWY_TARGET == HWY_NEON && !TORPOR_DOT  // 32, and four times as many sums of bytes
constexpr std::size_t kTileRows = 4, kFloatRows = 8, kTileVectors = 2;
#else                                        // 32
constexpr std::size_t kTileRows = 8, kFloatRows = 8, kTileVectors = 2;
#endif
static_assert(kRowBlock % kTileRows == 0);

#if HWY_ARCH_X86

HWY_INLINE VI DotWord(VI sum, VI x, const std::int8_t* w) {
  std::int32_t word = 0;
  std::memcpy(&word, w, sizeof(word));
  const VI weights = hn::Set(kI, word);
#if HWY_TARGET == HWY_AVX3 && TORPOR_DOT
  sum.raw = _mm512_dpbusd_epi32(sum.raw, x.raw, weights.raw);
#elif HWY_TARGET == HWY_AVX2 && TORPOR_DOT
  sum.raw = _mm256_dpbusd_avx_epi32(sum.raw, x.raw, weights.raw);
  // Pairs in 16 bits cannot saturate: 2 * 255 * 63 < 2^15.
#elif HWY_TARGET == HWY_AVX3
  const __m512i pairs = _mm512_maddubs_epi16(x.raw, weights.raw);
  sum = hn::Add(sum, VI{_mm512_madd_epi16(pairs, _mm512_set1_epi16(1))});
#else
  const __m256i pairs = _mm256_maddubs_epi16(x.raw, weights.raw);
  sum = hn::Add(sum, VI{_mm256_madd_epi16(pairs, _mm256_set1_epi16(1))});
#endif
  // Keeps each sum where it is: GCC 12 would move and spill them, at 12 % of a run's
  // time.
  asm("" : "+v"(sum.raw));
  return sum;
}

// `w` points at the first row's word of group 0; words of the next group lie kRowBlock
// words on. `x` is [groups][stride].
template <std::size_t kVectors>
HWY_INLINE void DotTile(const std::int8_t* HWY_RESTRICT w,
                        const std::uint32_t* HWY_RESTRICT x, std::size_t stride,
                        std::size_t groups, const std::int32_t* row_sum,
                        VI (&sum)[kTileRows][kVectors]) {
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
      sum[r][v] = hn::Set(kI, -kByteOffset * row_sum[r]);
    }
  }
  for (std::size_t g = 0; g < groups; ++g) {
    VI words[kVectors];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
      words[v] = hn::BitCast(kI, hn::Load(kU, x + g * stride + v * kN));
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        sum[r][v] = DotWord(sum[r][v], words[v], w + 4 * (g * kRowBlock + r));
      }
    }
  }
}

#elif TORPOR_DOT

template <std::size_t kVectors>
HWY_INLINE void DotTile(const std::int8_t* HWY_RESTRICT w,
                        const std::uint32_t* HWY_RESTRICT x, std::size_t stride,
                        std::size_t groups, const std::int32_t* /*row_sum*/,
                        VI (&sum)[kTileRows][kVectors]) {
  for (auto& row : sum) {
    for (VI& s : row) s = hn::Zero(kI);
  }
  for (std::size_t g = 0; g < groups; ++g) {
    const int8x16_t low = vld1q_s8(w + 4 * g * kRowBlock);
    const int8x16_t high = vld1q_s8(w + 4 * g * kRowBlock + 16);
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
      const int8x16_t word = vreinterpretq_s8_u32(vld1q_u32(x + g * stride + v * kN));
      sum[0][v].raw = vdotq_laneq_s32(sum[0][v].raw, word, low, 0);
      sum[1][v].raw = vdotq_laneq_s32(sum[1][v].raw, word, low, 1);
      sum[2][v].raw = vdotq_laneq_s32(sum[2][v].raw, word, low, 2);
      sum[3][v].raw = vdotq_laneq_s32(sum[3][v].raw, word, low, 3);
      sum[4][v].raw = vdotq_laneq_s32(sum[4][v].raw, word, high, 0);
      sum[5][v].raw = vdotq_laneq_s32(sum[5][v].raw, word, high, 1);
      sum[6][v].raw = vdotq_laneq_s32(sum[6][v].raw, word, high, 2);
      sum[7][v].raw = vdotq_laneq_s32(sum[7][v].raw, word, high, 3);
    }
  }
}

#else  // NEON without the dot product

// Adds kGroups (2 or 4) groups. Four products fit 16 bits: 4 * 128 * 63 < 2^15. The two
// halves of a vector have their own sums, of two tokens and half a word each.
template <std::size_t kGroups, std::size_t kVectors>
HWY_INLINE void AddGroups(const std::int8_t* HWY_RESTRICT w,
                          const std::uint32_t* HWY_RESTRICT x, std::size_t stride,
                          int32x4_t (&low)[kTileRows][kVectors],
                          int32x4_t (&high)[kTileRows][kVectors]) {
  int8x16_t words[kGroups][kVectors];
#pragma GCC unroll 4
  for (std::size_t g = 0; g < kGroups; ++g) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
      words[g][v] = vreinterpretq_s8_u32(vld1q_u32(x + g * stride + v * kN));
    }
  }
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kTileRows; ++r) {
    int16x8_t first[kVectors], second[kVectors];
#pragma GCC unroll 4
    for (std::size_t g = 0; g < kGroups; ++g) {
      std::int32_t word = 0;
      std::memcpy(&word, w + 4 * (g * kRowBlock + r), sizeof(word));
      const int8x16_t weights = vreinterpretq_s8_s32(vdupq_n_s32(word));
      const int8x8_t half = vget_low_s8(weights);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        const int8x8_t a = vget_low_s8(words[g][v]);
        first[v] = g == 0 ? vmull_s8(a, half) : vmlal_s8(first[v], a, half);
        second[v] = g == 0 ? vmull_high_s8(words[g][v], weights)
                           : vmlal_high_s8(second[v], words[g][v], weights);
      }
    }
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
      low[r][v] = vpadalq_s16(low[r][v], first[v]);
      high[r][v] = vpadalq_s16(high[r][v], second[v]);
    }
  }
}

template <std::size_t kVectors>
HWY_INLINE void DotTile(const std::int8_t* HWY_RESTRICT w,
                        const std::uint32_t* HWY_RESTRICT x, std::size_t stride,
                        std::size_t groups, const std::int32_t* /*row_sum*/,
                        VI (&sum)[kTileRows][kVectors]) {
  int32x4_t low[kTileRows][kVectors], high[kTileRows][kVectors];
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) low[r][v] = high[r][v] = vdupq_n_s32(0);
  }
  std::size_t g = 0;
  for (; g + 4 <= groups; g += 4) {
    AddGroups<4>(w + 4 * g * kRowBlock, x + g * stride, stride, low, high);
  }
  if (g < groups) {  // groups are even
    AddGroups<2>(w + 4 * g * kRowBlock, x + g * stride, stride, low, high);
  }
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
      sum[r][v].raw = vpaddq_s32(low[r][v], high[r][v]);
    }
  }
}

#endif

// The same for float weights: `w` is [cols][kRowBlock], `x` [cols][stride].
template <std::size_t kVectors>
HWY_INLINE void DotTile(const float* HWY_RESTRICT w, const float* HWY_RESTRICT x,
                        std::size_t stride, std::size_t cols,
                        VF (&sum)[kFloatRows][kVectors]) {
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kFloatRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(kF);
  }
  for (std::size_t c = 0; c < cols; ++c) {
    VF in[kVectors];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v)
      in[v] = hn::Load(kF, x + c * stride + v * kN);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kFloatRows; ++r) {
      const VF weight = hn::Set(kF, w[c * kRowBlock + r]);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        sum[r][v] = hn::MulAdd(weight, in[v], sum[r][v]);
      }
    }
  }
}

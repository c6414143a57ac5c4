// a = softmax(q k^T / sqrt(size of a head)) v, queries side by side in vectors. Included
// once for each instruction set, inside its namespace.

struct Head {
  // [size][stride]; q from the first query on.
  const float *q = nullptr, *k = nullptr, *v = nullptr;
  std::size_t size = 0, stride = 0;
  std::size_t tokens = 0;                // keys; fewer than stride where there is padding
  float* HWY_RESTRICT scores = nullptr;  // [tokens][vectors of queries]
};

// Scores of kKeys keys from `key` on, for kVectors vectors of queries; raises `highest`.
template <std::size_t kVectors, std::size_t kKeys>
HWY_INLINE void Score(const Head& head, std::size_t key, VF (&highest)[kVectors]) {
  VF score[kKeys][kVectors];
#pragma GCC unroll 8
  for (auto& row : score) {
#pragma GCC unroll 2
    for (VF& s : row) s = hn::Zero(kF);
  }
  const float* q = head.q;
  const float* k = head.k + key;
  for (std::size_t d = 0; d < head.size; ++d, q += head.stride, k += head.stride) {
    VF query[kVectors];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) query[v] = hn::Load(kF, q + v * kN);
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kKeys; ++j) {
      const VF other = hn::Set(kF, k[j]);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        score[j][v] = hn::MulAdd(query[v], other, score[j][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t j = 0; j < kKeys; ++j) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
      highest[v] = hn::Max(highest[v], score[j][v]);
      hn::Store(score[j][v], kF, head.scores + ((key + j) * kVectors + v) * kN);
    }
  }
}

// use(first feature of a tile, the tile) for kVectors vectors of queries.
template <std::size_t kVectors, class Use>
HWY_INLINE void Attend(const Head& head, const Use& use) {
  VF highest[kVectors], share[kVectors];
  for (VF& v : highest) v = hn::Set(kF, -std::numeric_limits<float>::infinity());
  for (VF& v : share) v = hn::Zero(kF);
  std::size_t key = 0;
  for (; key + kFloatRows <= head.tokens; key += kFloatRows) {
    Score<kVectors, kFloatRows>(head, key, highest);
  }
  for (; key < head.tokens; ++key) Score<kVectors, 1>(head, key, highest);

  const VF unit = hn::Set(
      kF, std::numbers::log2e_v<float> / std::sqrt(static_cast<float>(head.size)));
  float* p = head.scores;
  for (std::size_t j = 0; j < head.tokens; ++j) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v, p += kN) {
      const VF power = Exp2(hn::Mul(hn::Sub(hn::Load(kF, p), highest[v]), unit));
      share[v] = hn::Add(share[v], power);
      hn::Store(power, kF, p);
    }
  }
  for (VF& v : share) v = hn::Div(hn::Set(kF, 1.0F), v);

  for (std::size_t d = 0; d < head.size; d += kFloatRows) {
    VF a[kFloatRows][kVectors];
#pragma GCC unroll 8
    for (auto& row : a) {
#pragma GCC unroll 2
      for (VF& sum : row) sum = hn::Zero(kF);
    }
    const float* values = head.v + d * head.stride;
    for (std::size_t j = 0; j < head.tokens; ++j) {
      VF power[kVectors];
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        power[v] = hn::Load(kF, head.scores + (j * kVectors + v) * kN);
      }
#pragma GCC unroll 8
      for (std::size_t r = 0; r < kFloatRows; ++r) {
        const VF value = hn::Set(kF, values[r * head.stride + j]);
#pragma GCC unroll 2
        for (std::size_t v = 0; v < kVectors; ++v) {
          a[r][v] = hn::MulAdd(power[v], value, a[r][v]);
        }
      }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kFloatRows; ++r) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) a[r][v] = hn::Mul(a[r][v], share[v]);
    }
    use(d, a);
  }
}

#include "model/peak_bench.h"

#include <cstdint>

#include "model/thread_time_bench.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace torpor::model {
namespace {

constexpr int kSums = 12;  // independent, to hide the latency of an instruction
constexpr std::int64_t kRounds = 400'000;

// The best of a few turns, in 10^9 multiply-adds a second.
template <class Loop>
double Best(double macs_of_an_instruction, const Loop& loop) {
  double best = 0;
  for (int turn = 0; turn < 10; ++turn) {
    const double start = ThreadSeconds();
    loop();
    const double took = ThreadSeconds() - start;
    const double macs = macs_of_an_instruction * kSums * static_cast<double>(kRounds);
    best = macs / took > best ? macs / took : best;
  }
  return best * 1e-9;
}

// Keeps a vector in a register, as if something used it.
#if defined(__x86_64__)
#define TORPOR_KEEP(v) asm volatile("" : "+x"(v))
#elif defined(__aarch64__)
#define TORPOR_KEEP(v) asm volatile("" : "+w"(v))
#endif

// `step` is the new value of `sum`. Twelve variables and no array: it would lie in
// memory.
#define TORPOR_PEAK(name, attributes, vector, zero, step)                   \
  [[gnu::noinline]] attributes void name() {                                \
    vector s0 = zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0; \
    vector s7 = s0, s8 = s0, s9 = s0, s10 = s0, s11 = s0, x = s0, y = s0;   \
    TORPOR_KEEP(x);                                                         \
    TORPOR_KEEP(y);                                                         \
    const auto next = [&](vector& sum) attributes {                         \
      sum = step;                                                           \
      TORPOR_KEEP(x); /* or its products would be computed once */          \
      TORPOR_KEEP(sum);                                                     \
    };                                                                      \
    for (std::int64_t round = 0; round < kRounds; ++round) {                \
      next(s0), next(s1), next(s2), next(s3), next(s4), next(s5);           \
      next(s6), next(s7), next(s8), next(s9), next(s10), next(s11);         \
    }                                                                       \
  }

#if defined(__x86_64__)

#define TORPOR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vnni,fma")))
#define TORPOR_AVX2 __attribute__((target("avx2,fma")))

TORPOR_PEAK(Vnni512, TORPOR_AVX512, __m512i, _mm512_setzero_si512(),
            _mm512_dpbusd_epi32(sum, x, y))
TORPOR_PEAK(Pairs512, TORPOR_AVX512, __m512i, _mm512_setzero_si512(),
            _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(x, y), x)))
TORPOR_PEAK(Float512, TORPOR_AVX512, __m512, _mm512_setzero_ps(),
            _mm512_fmadd_ps(x, y, sum))
TORPOR_PEAK(Pairs256, TORPOR_AVX2, __m256i, _mm256_setzero_si256(),
            _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x, y), x)))
TORPOR_PEAK(Float256, TORPOR_AVX2, __m256, _mm256_setzero_ps(),
            _mm256_fmadd_ps(x, y, sum))

#elif defined(__aarch64__)

__attribute__((target("+dotprod"))) inline int32x4_t Dot(int32x4_t sum, int32x4_t x) {
  return vdotq_s32(sum, vreinterpretq_s8_s32(x), vreinterpretq_s8_s32(x));
}
inline int32x4_t Pairs(int32x4_t sum, int32x4_t x) {
  const int8x8_t a = vget_low_s8(vreinterpretq_s8_s32(x));
  return vpadalq_s16(sum, vmlal_s8(vmull_s8(a, a), a, a));
}
TORPOR_PEAK(DotProduct, __attribute__((target("+dotprod"))), int32x4_t, vdupq_n_s32(0),
            Dot(sum, x))
TORPOR_PEAK(MultiplyLong, , int32x4_t, vdupq_n_s32(0), Pairs(sum, y))
TORPOR_PEAK(Float128, , float32x4_t, vdupq_n_f32(0), vfmaq_f32(sum, x, y))

#endif

}  // namespace

Peak MeasurePeak([[maybe_unused]] std::string_view target) {
#if defined(__x86_64__)
  if (target == "avx512-vnni") return {Best(64, Vnni512), Best(16, Float512)};
  if (target == "avx512") return {Best(64, Pairs512), Best(16, Float512)};
  if (target == "avx2") return {Best(32, Pairs256), Best(8, Float256)};
#elif defined(__aarch64__)
  if (target == "neon-dotprod") return {Best(16, DotProduct), Best(4, Float128)};
  if (target == "neon") return {Best(16, MultiplyLong), Best(4, Float128)};
#endif
  return {};
}

}  // namespace torpor::model

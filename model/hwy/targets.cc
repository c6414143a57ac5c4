// Compiles the engine once for each instruction set, and knows which this processor has.

#include "model/hwy/target.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

#include "model/reference/elementary.h"

// The engine needs fused multiply-adds, or it would not give the reference's bits.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/hwy/compile-inl.h"
#include <hwy/foreach_target.h>
// The target that foreach_target.h leaves to the file itself.
#include "model/hwy/compile-inl.h"

#if HWY_ARCH_X86
#include <cpuid.h>
#elif HWY_ARCH_ARM_A64
#include <sys/auxv.h>
#endif

namespace torpor::model::fast {
namespace {

#if HWY_ARCH_X86
bool HasAvx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
         __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0;
}
bool HasAvx512() {
  return HasAvx2() && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0;
}
bool HasAvx512Vnni() { return HasAvx512() && __builtin_cpu_supports("avx512vnni") != 0; }
// The compilers have no common name for it: leaf 7, sub-leaf 1, EAX bit 4.
bool HasAvxVnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return HasAvx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & 16U) != 0;
}
constexpr std::array kTargets = {
    Target{"avx512-vnni", HasAvx512Vnni, N_AVX3_VNNI::Run, N_AVX3_VNNI::Accumulate},
    Target{"avx512", HasAvx512, N_AVX3::Run, N_AVX3::Accumulate},
    Target{"avx2-vnni", HasAvxVnni, N_AVX2_VNNI::Run, N_AVX2_VNNI::Accumulate},
    Target{"avx2", HasAvx2, N_AVX2::Run, N_AVX2::Accumulate},
};
#elif HWY_ARCH_ARM_A64
constexpr unsigned long kHwcapDotProduct = 1UL << 20;  // HWCAP_ASIMDDP of Linux
[[maybe_unused]] bool HasDotProduct() {
  return (::getauxval(AT_HWCAP) & kHwcapDotProduct) != 0;
}
bool HasNeon() { return true; }
constexpr std::array kTargets = {
#if HWY_COMPILER_GCC_ACTUAL
    Target{"neon-dotprod", HasDotProduct, N_NEON_DOTPROD::Run,
           N_NEON_DOTPROD::Accumulate},
#endif
    Target{"neon", HasNeon, N_NEON::Run, N_NEON::Accumulate},
};
#else
constexpr std::array<Target, 0> kTargets = {};
#endif

}  // namespace

std::span<const Target> Targets() { return kTargets; }

}  // namespace torpor::model::fast

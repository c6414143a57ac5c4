// The engine for the instruction set that HWY_TARGET names, and once more for the same
// with an instruction for dot products of bytes, for which Highway has no (right) target.
// Each in a namespace of its own. targets.cc includes this once for each HWY_TARGET; so
// it has no guard.
#include <hwy/highway.h>

#if HWY_TARGET == HWY_AVX3
#define TORPOR_DOT_NAMESPACE N_AVX3_VNNI
#define TORPOR_DOT_ATTRIBUTES HWY_TARGET_STR ",avx512vnni"
#elif HWY_TARGET == HWY_AVX2
#define TORPOR_DOT_NAMESPACE N_AVX2_VNNI
#define TORPOR_DOT_ATTRIBUTES HWY_TARGET_STR ",avxvnni"
#elif HWY_TARGET == HWY_NEON && \
    HWY_COMPILER_GCC_ACTUAL  // Clang needs it for the whole file
#define TORPOR_DOT_NAMESPACE N_NEON_DOTPROD
#define TORPOR_DOT_ATTRIBUTES "arch=armv8.2-a" HWY_TARGET_STR "+dotprod"
#endif

// Not for the scalar target, which has no fused multiply-add.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_NEON

HWY_BEFORE_NAMESPACE();
namespace torpor::model::fast::HWY_NAMESPACE {
#define TORPOR_DOT 0
#include "model/hwy/engine-inl.h"
#undef TORPOR_DOT
}  // namespace torpor::model::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#ifdef TORPOR_DOT_NAMESPACE
HWY_PUSH_ATTRIBUTES(TORPOR_DOT_ATTRIBUTES)
namespace torpor::model::fast::TORPOR_DOT_NAMESPACE {
#define TORPOR_DOT 1
#include "model/hwy/engine-inl.h"
#undef TORPOR_DOT
}  // namespace torpor::model::fast::TORPOR_DOT_NAMESPACE
HWY_POP_ATTRIBUTES
#undef TORPOR_DOT_NAMESPACE
#undef TORPOR_DOT_ATTRIBUTES
#endif

#endif

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
#elif HWY_TARGET == HWY_NEON
#define TORPOR_DOT_NAMESPACE N_NEON_DOTPROD
#define TORPOR_DOT_ATTRIBUTES HWY_TARGET_STR "+dotprod"
#endif

#ifdef TORPOR_DOT_NAMESPACE  // not for the scalar target, which has no fused multiply-add

HWY_BEFORE_NAMESPACE();
namespace torpor::model::fast::HWY_NAMESPACE {
#define TORPOR_DOT 0
#include "model/hwy/vector_math-inl.h"
// Their order matters.
#include "model/hwy/tile-inl.h"
// Their order matters.
#include "model/hwy/inputs-inl.h"
// Their order matters.
#include "model/hwy/attention-inl.h"
// Their order matters.
#include "model/hwy/engine-inl.h"
#undef TORPOR_DOT
}  // namespace torpor::model::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

HWY_PUSH_ATTRIBUTES(TORPOR_DOT_ATTRIBUTES)
namespace torpor::model::fast::TORPOR_DOT_NAMESPACE {
#define TORPOR_DOT 1
#include "model/hwy/vector_math-inl.h"
// Their order matters.
#include "model/hwy/tile-inl.h"
// Their order matters.
#include "model/hwy/inputs-inl.h"
// Their order matters.
#include "model/hwy/attention-inl.h"
// Their order matters.
#include "model/hwy/engine-inl.h"
#undef TORPOR_DOT
}  // namespace torpor::model::fast::TORPOR_DOT_NAMESPACE
HWY_POP_ATTRIBUTES

#undef TORPOR_DOT_NAMESPACE
#undef TORPOR_DOT_ATTRIBUTES
#endif

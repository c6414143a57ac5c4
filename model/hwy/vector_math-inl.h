// model/reference/elementary.h for vectors, step by step the same. Included once for each
// instruction set, inside its namespace.

namespace hn = hwy::HWY_NAMESPACE;

using F = hn::ScalableTag<float>;
using I = hn::RebindToSigned<F>;
using U = hn::RebindToUnsigned<F>;
using VF = hn::Vec<F>;
using VI = hn::Vec<I>;
using VU = hn::Vec<U>;

constexpr F kF;
constexpr I kI;
constexpr U kU;
constexpr std::size_t kN = HWY_MAX_BYTES / sizeof(float);  // tokens of a vector
static_assert(kLanes % kN == 0);

HWY_INLINE VF Exp2(VF x) {
  x = hn::Max(x, hn::Set(kF, kExp2Lowest));
  const VF magic = hn::Set(kF, kRoundingMagic);
  const VF shifted = hn::Add(x, magic);
  const VF f = hn::Sub(x, hn::Sub(shifted, magic));
  VF p = hn::Set(kF, kExp2Coefficients[0]);
#pragma GCC unroll 8
  for (std::size_t i = 1; i < kExp2Coefficients.size(); ++i) {
    p = hn::MulAdd(p, f, hn::Set(kF, kExp2Coefficients[i]));
  }
  return hn::BitCast(
      kF, hn::Add(hn::BitCast(kU, p), hn::ShiftLeft<23>(hn::BitCast(kU, shifted))));
}

HWY_INLINE VF Log(VF x) {
  const VU bits = hn::Add(hn::BitCast(kU, x), hn::Set(kU, kOneBits - kSqrtHalfBits));
  const VI exponent =
      hn::Sub(hn::BitCast(kI, hn::ShiftRight<23>(bits)), hn::Set(kI, 127));
  const VF e = hn::ConvertTo(kF, exponent);
  const VU mantissa =
      hn::Add(hn::And(bits, hn::Set(kU, 0x007FFFFFU)), hn::Set(kU, kSqrtHalfBits));
  const VF f = hn::Sub(hn::BitCast(kF, mantissa), hn::Set(kF, 1.0F));
  VF p = hn::Set(kF, kLogCoefficients[0]);
#pragma GCC unroll 8
  for (std::size_t i = 1; i < kLogCoefficients.size(); ++i) {
    p = hn::MulAdd(p, f, hn::Set(kF, kLogCoefficients[i]));
  }
  const VF f2 = hn::Mul(f, f);
  VF y = hn::Mul(hn::Mul(f, f2), p);
  y = hn::MulAdd(e, hn::Set(kF, kLn2Low), y);
  y = hn::MulAdd(f2, hn::Set(kF, -0.5F), y);
  return hn::MulAdd(e, hn::Set(kF, kLn2High), hn::Add(f, y));
}

HWY_INLINE VF Squash(VF z) {
  const VF a = hn::Min(hn::Abs(z), hn::Set(kF, kMaxSquashed));
  const VF root = hn::Sqrt(hn::MulAdd(a, a, hn::Set(kF, 1.0F)));
  const VF y =
      hn::Min(hn::Mul(Log(hn::Add(a, root)), hn::Set(kF, 0.25F)), hn::Set(kF, 2.0F));
  return hn::CopySign(y, z);
}

HWY_INLINE bool AllFinite(const float* values, std::size_t count) {
  constexpr std::uint32_t kExponent = 0x7F800000U;
  std::size_t i = 0;
  hn::Mask<U> bad = hn::FirstN(kU, 0);
  for (; i + kN <= count; i += kN) {
    const VU bits = hn::BitCast(kU, hn::LoadU(kF, values + i));
    const VU exponent = hn::And(bits, hn::Set(kU, kExponent));
    bad = hn::Or(bad, hn::Eq(exponent, hn::Set(kU, kExponent)));
  }
  bool good = hn::AllFalse(kU, bad);
  for (; i < count; ++i) {
    good = good && (std::bit_cast<std::uint32_t>(values[i]) & kExponent) != kExponent;
  }
  return good;
}

// Included once for each instruction set (Highway's foreach_target), hence no #pragma once.
#if defined(OBKIT_NEURAL_KERNELS_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef OBKIT_NEURAL_KERNELS_MATH_INL
#undef OBKIT_NEURAL_KERNELS_MATH_INL
#else
#define OBKIT_NEURAL_KERNELS_MATH_INL
#endif

#include <hwy/contrib/math/math-inl.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

/// NaN where `x` is NaN: Highway's functions may lose it.
HWY_INLINE Lane keep_nan(Lane x, Lane y) { return hn::IfThenElse(hn::Eq(x, x), y, x); }

/// e^x within 2 ulp, of x in [-87, 88]; beyond, that of the nearer end: finite and above 0.
/// Source: Cephes' expf (Moshier 1992): e^x = 2^n · e^r, a polynomial in r, n added to the
/// exponent.
HWY_INLINE Lane exp(Lane x) {
  const Floats d;
  const hn::RebindToSigned<Floats> bits;
  const Lane clamped = hn::Min(hn::Max(x, hn::Set(d, -87.0f)), hn::Set(d, 88.0f));
  const Lane whole = hn::Set(d, 12582912.0f);  // 1.5·2^23: added, it leaves n in the lowest bits
  const Lane shifted = hn::MulAdd(clamped, hn::Set(d, 1.44269504f), whole);
  const Lane n = hn::Sub(shifted, whole);
  const Lane high = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), clamped);
  const Lane r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), high);
  Lane p = hn::MulAdd(hn::Set(d, 1.9875691500e-4f), r, hn::Set(d, 1.3981999507e-3f));
  for (const float next : {8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    p = hn::MulAdd(p, r, hn::Set(d, next));
  p = hn::Add(hn::MulAdd(p, hn::Mul(r, r), r), hn::Set(d, 1.0f));
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(bits, shifted));
  return keep_nan(x, hn::BitCast(d, hn::Add(hn::BitCast(bits, p), exponent)));
}

HWY_INLINE Lane sigmoid(Lane x) {
  const Lane one = hn::Set(Floats{}, 1.0f);
  return hn::Div(one, hn::Add(one, exp(hn::Neg(x))));
}

HWY_INLINE Lane tanh(Lane x) {
  const Floats d;
  const Lane clamped = hn::Min(hn::Max(x, hn::Set(d, -20.0f)), hn::Set(d, 20.0f));
  return keep_nan(x, hn::Tanh(d, clamped));
}

}  // namespace obkit::neural::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

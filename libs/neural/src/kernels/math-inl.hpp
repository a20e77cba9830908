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

/// e^x for any x, 0 below -104, infinite above 88.7. Within 2 ulp where the result is normal.
HWY_INLINE Lane exp(Lane x) {
  const Floats d;
  const Lane clamped = hn::Min(hn::Max(x, hn::Set(d, -105.0f)), hn::Set(d, 100.0f));
  return keep_nan(x, hn::Exp(d, clamped));
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

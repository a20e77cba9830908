#include "kernels/update.hpp"

#include "obkit/core/instruction_set.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/update.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

/// a / b. Division binds the whole update where vectors are long: there the estimate of AVX-512, 14
/// bits, and one step of Newton's give 2 ulp. NaN instead of 0 where b is infinite.
HWY_INLINE Lane quotient(Lane a, Lane b) {
#if HWY_TARGET <= HWY_AVX3
  const Lane estimate = hn::ApproximateReciprocal(b);
  const Lane error = hn::NegMulAdd(b, estimate, hn::Set(Floats{}, 1.0f));
  return hn::Mul(a, hn::MulAdd(estimate, error, estimate));
#else
  return hn::Div(a, b);
#endif
}

/// Calls f(load, store) for each vector, whole or part.
template <class Function>
HWY_INLINE void for_each(std::size_t count, Function f) {
  const Floats d;
  for_lanes(
      count,
      [&](std::size_t i) HWY_ATTR {
        f([&](const float* from) HWY_ATTR { return hn::LoadU(d, from + i); },
          [&](Lane values, float* to) HWY_ATTR { hn::StoreU(values, d, to + i); });
      },
      [&](std::size_t i, const Part<>& part) HWY_ATTR {
        f([&](const float* from) HWY_ATTR { return part.load(from + i); },
          [&](Lane values, float* to) HWY_ATTR { part.store(values, to + i); });
      });
}

void sgd(float rate, float momentum, float* w, const float* g, float* velocity, std::size_t count) {
  const Floats d;
  const Lane factor = hn::Set(d, momentum), step = hn::Set(d, rate);
  for_each(count, [&](auto load, auto store) HWY_ATTR {
    const Lane v = hn::MulAdd(factor, load(velocity), load(g));
    store(v, velocity);
    store(hn::NegMulAdd(step, v, load(w)), w);
  });
}

void rmsprop(const RmsPropConstants& c, float* w, const float* g, float* square,
             std::size_t count) {
  const Floats d;
  const Lane rho = hn::Set(d, c.rho), rest = hn::Set(d, 1.0f - c.rho);
  const Lane rate = hn::Set(d, c.rate), epsilon = hn::Set(d, c.epsilon);
  for_each(count, [&](auto load, auto store) HWY_ATTR {
    const Lane slope = load(g);
    const Lane a = hn::MulAdd(rho, load(square), hn::Mul(rest, hn::Mul(slope, slope)));
    store(a, square);
    const Lane change = quotient(hn::Mul(rate, slope), hn::Add(hn::Sqrt(a), epsilon));
    store(hn::Sub(load(w), change), w);
  });
}

void adamw(const AdamWConstants& c, float* w, const float* g, float* mean, float* square,
           std::size_t count) {
  const Floats d;
  const Lane beta1 = hn::Set(d, c.beta1), rest1 = hn::Set(d, 1.0f - c.beta1);
  const Lane beta2 = hn::Set(d, c.beta2), rest2 = hn::Set(d, 1.0f - c.beta2);
  const Lane keep = hn::Set(d, c.keep), rate = hn::Set(d, c.rate);
  const Lane scale = hn::Set(d, c.square_scale), epsilon = hn::Set(d, c.epsilon);
  for_each(count, [&](auto load, auto store) HWY_ATTR {
    const Lane slope = load(g);
    const Lane m = hn::MulAdd(beta1, load(mean), hn::Mul(rest1, slope));
    const Lane v = hn::MulAdd(beta2, load(square), hn::Mul(rest2, hn::Mul(slope, slope)));
    store(m, mean);
    store(v, square);
    const Lane change = quotient(hn::Mul(rate, m), hn::MulAdd(hn::Sqrt(v), scale, epsilon));
    store(hn::Sub(hn::Mul(keep, load(w)), change), w);
  });
}

}  // namespace obkit::neural::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::neural::kernels {

constexpr auto sgd_kernels = OBKIT_KERNELS(sgd);
constexpr auto rmsprop_kernels = OBKIT_KERNELS(rmsprop);
constexpr auto adamw_kernels = OBKIT_KERNELS(adamw);

void sgd(float rate, float momentum, float* w, const float* g, float* velocity, std::size_t count) {
  sgd_kernels.best()(rate, momentum, w, g, velocity, count);
}

void rmsprop(const RmsPropConstants& constants, float* w, const float* g, float* square,
             std::size_t count) {
  rmsprop_kernels.best()(constants, w, g, square, count);
}

void adamw(const AdamWConstants& constants, float* w, const float* g, float* mean, float* square,
           std::size_t count) {
  adamw_kernels.best()(constants, w, g, mean, square, count);
}

}  // namespace obkit::neural::kernels
#endif

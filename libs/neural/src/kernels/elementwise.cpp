#include "kernels/elementwise.hpp"

#include <cassert>

#include "obkit/core/instruction_set.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cpp"
#include <hwy/foreach_target.h>
// clang-format off: must follow foreach_target.h
#include <hwy/contrib/math/math-inl.h>
// clang-format on

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

/// z = f(z).
template <class Function>
HWY_INLINE void map(float* z, std::size_t count, Function f) {
  const Floats d;
  for_lanes(
      count, [&](std::size_t i) { hn::StoreU(f(hn::LoadU(d, z + i)), d, z + i); },
      [&](std::size_t i, const Part<>& part) { part.store(f(part.load(z + i)), z + i); });
}

/// z = f(y, z).
template <class Function>
HWY_INLINE void map(const float* y, float* z, std::size_t count, Function f) {
  const Floats d;
  for_lanes(
      count,
      [&](std::size_t i) { hn::StoreU(f(hn::LoadU(d, y + i), hn::LoadU(d, z + i)), d, z + i); },
      [&](std::size_t i, const Part<>& part) {
        part.store(f(part.load(y + i), part.load(z + i)), z + i);
      });
}

void activate(Activation activation, float* z, std::size_t count) {
  const Lane zero = hn::Zero(Floats{});
  switch (activation) {
    case Activation::sigmoid:
      return map(z, count, [](Lane v) HWY_ATTR { return sigmoid(v); });
    case Activation::tanh:
      return map(z, count, [](Lane v) HWY_ATTR { return tanh(v); });
    case Activation::relu:
      return map(z, count, [&](Lane v) HWY_ATTR { return hn::IfThenZeroElse(hn::Lt(v, zero), v); });
    case Activation::linear:
    case Activation::softmax:
      return;
  }
}

void differentiate(Activation activation, const float* y, float* gradient, std::size_t count) {
  const Lane zero = hn::Zero(Floats{});
  const Lane one = hn::Set(Floats{}, 1.0f);
  switch (activation) {
    case Activation::sigmoid:
      return map(y, gradient, count,
                 [&](Lane v, Lane g) HWY_ATTR { return hn::Mul(g, hn::Mul(v, hn::Sub(one, v))); });
    case Activation::tanh:
      return map(y, gradient, count,
                 [&](Lane v, Lane g) HWY_ATTR { return hn::Mul(g, hn::NegMulAdd(v, v, one)); });
    case Activation::relu:
      return map(y, gradient, count,
                 [&](Lane v, Lane g) HWY_ATTR { return hn::IfThenZeroElse(hn::Le(v, zero), g); });
    case Activation::linear:
    case Activation::softmax:
      return;
  }
}

void softmax(float* z, std::size_t rows, std::size_t columns) {
  for (float* column = z; column != z + rows * columns; column += rows) {
    float most = column[0];
    for (std::size_t i = 1; i < rows; ++i) most = column[i] > most ? column[i] : most;
    for (std::size_t i = 0; i < rows; ++i) column[i] -= most;  // no exponent is above 0
  }
  map(z, rows * columns, [](Lane v) HWY_ATTR { return exp(v); });
  for (float* column = z; column != z + rows * columns; column += rows) {
    float sum = column[0];
    for (std::size_t i = 1; i < rows; ++i) sum += column[i];
    for (std::size_t i = 0; i < rows; ++i) column[i] /= sum;
  }
}

/// Of as many rows as `load` and `store` are for, from z on.
template <class Load, class Store>
HWY_INLINE void softmax_some(float* z, std::size_t rows, std::size_t columns, Load load,
                             Store store) {
  float* const end = z + rows * columns;
  Lane most = load(z);
  for (const float* at = z + rows; at != end; at += rows) {
    const Lane next = load(at);
    most = hn::IfThenElse(hn::Gt(next, most), next, most);
  }
  Lane sum = exp(hn::Sub(load(z), most));
  store(sum, z);
  for (float* at = z + rows; at != end; at += rows) {
    const Lane power = exp(hn::Sub(load(at), most));
    sum = hn::Add(sum, power);
    store(power, at);
  }
  for (float* at = z; at != end; at += rows) store(hn::Div(load(at), sum), at);
}

void softmax_rows(float* z, std::size_t rows, std::size_t columns) {
  const Floats d;
  for_lanes(
      rows,
      [&](std::size_t i) HWY_ATTR {
        softmax_some(
            z + i, rows, columns, [&](const float* from) HWY_ATTR { return hn::LoadU(d, from); },
            [&](Lane values, float* to) HWY_ATTR { hn::StoreU(values, d, to); });
      },
      [&](std::size_t i, const Part<>& part) HWY_ATTR {
        softmax_some(
            z + i, rows, columns, [&](const float* from) HWY_ATTR { return part.load(from); },
            [&](Lane values, float* to) HWY_ATTR { part.store(values, to); });
      });
}

void relative_transform(const float* x, const float* divisor, const float* offset,
                        const float* weight, float* y, std::size_t count) {
  const Floats d;
  const auto f = [&](Lane v, Lane by, Lane more, Lane w) HWY_ATTR {
    const Lane ratio = hn::Add(hn::Div(v, by), more);
    return hn::Mul(keep_nan(ratio, hn::Log(d, ratio)), w);
  };
  for_lanes(
      count,
      [&](std::size_t i) HWY_ATTR {
        hn::StoreU(f(hn::LoadU(d, x + i), hn::LoadU(d, divisor + i), hn::LoadU(d, offset + i),
                     hn::LoadU(d, weight + i)),
                   d, y + i);
      },
      [&](std::size_t i, const Part<>& part) HWY_ATTR {
        part.store(f(part.load(x + i), part.load(divisor + i), part.load(offset + i),
                     part.load(weight + i)),
                   y + i);
      });
}

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

constexpr auto activate_kernels = OBKIT_KERNELS(activate);
constexpr auto differentiate_kernels = OBKIT_KERNELS(differentiate);
constexpr auto softmax_kernels = OBKIT_KERNELS(softmax);
constexpr auto softmax_rows_kernels = OBKIT_KERNELS(softmax_rows);
constexpr auto relative_transform_kernels = OBKIT_KERNELS(relative_transform);
constexpr auto sgd_kernels = OBKIT_KERNELS(sgd);
constexpr auto rmsprop_kernels = OBKIT_KERNELS(rmsprop);
constexpr auto adamw_kernels = OBKIT_KERNELS(adamw);

void activate(Activation activation, float* z, std::size_t count) {
  assert(activation != Activation::softmax);
  activate_kernels.best()(activation, z, count);
}

void softmax(float* z, std::size_t rows, std::size_t columns) {
  softmax_kernels.best()(z, rows, columns);
}

void softmax_rows(float* z, std::size_t rows, std::size_t columns) {
  softmax_rows_kernels.best()(z, rows, columns);
}

void differentiate(Activation activation, const float* y, float* gradient, std::size_t count) {
  assert(activation != Activation::softmax);
  differentiate_kernels.best()(activation, y, gradient, count);
}

void relative_transform(const float* x, const float* divisor, const float* offset,
                        const float* weight, float* y, std::size_t count) {
  relative_transform_kernels.best()(x, divisor, offset, weight, y, count);
}

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

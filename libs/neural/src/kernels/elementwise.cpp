#include "kernels/elementwise.hpp"

#include <cassert>

#include "obkit/core/instruction_set.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes-inl.hpp"
#include "kernels/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

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

}  // namespace obkit::neural::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::neural::kernels {

constexpr auto activate_kernels = OBKIT_KERNELS(activate);
constexpr auto differentiate_kernels = OBKIT_KERNELS(differentiate);
constexpr auto softmax_kernels = OBKIT_KERNELS(softmax);
constexpr auto softmax_rows_kernels = OBKIT_KERNELS(softmax_rows);
constexpr auto relative_transform_kernels = OBKIT_KERNELS(relative_transform);

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

}  // namespace obkit::neural::kernels
#endif

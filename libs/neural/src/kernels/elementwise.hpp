#pragma once

#include <cstddef>

#include "obkit/neural/dense.hpp"

namespace obkit::neural::kernels {

// An element has the same bits wherever in an array it stands. NaN stays NaN.

/// z becomes f(z), element by element. Pre: not softmax.
void activate(Activation activation, float* z, std::size_t count);

/// Softmax of each column; z [rows × columns] without gaps.
void softmax(float* z, std::size_t rows, std::size_t columns);

/// Softmax of each row, with the bits of softmax() of the transposed.
void softmax_rows(float* z, std::size_t rows, std::size_t columns);

/// dL/dy becomes dL/dz, from y = f(z). Pre: not softmax.
void differentiate(Activation activation, const float* y, float* gradient, std::size_t count);

/// y = log(x / divisor + offset) · weight, within 2 ulp of the logarithm or 1e-7, whichever is
/// more. Pre: x >= 0, divisor > 0, offset > 0, all finite and normal; x / divisor does not
/// overflow.
void relative_transform(const float* x, const float* divisor, const float* offset,
                        const float* weight, float* y, std::size_t count);

// One pass over `count` parameters w, their gradient g and what is remembered of each. Formulas:
// obkit/neural/optimizer.hpp.

void sgd(float rate, float momentum, float* w, const float* g, float* velocity, std::size_t count);

struct RmsPropConstants {
  float rate, rho, epsilon;
};
void rmsprop(const RmsPropConstants& constants, float* w, const float* g, float* square,
             std::size_t count);

struct AdamWConstants {
  float keep;          ///< of a weight, after decay
  float rate;          ///< divided by the bias correction of the mean
  float square_scale;  ///< one by the root of the bias correction of the square
  float beta1, beta2, epsilon;
};
void adamw(const AdamWConstants& constants, float* w, const float* g, float* mean, float* square,
           std::size_t count);

}  // namespace obkit::neural::kernels

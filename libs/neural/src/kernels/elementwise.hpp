#pragma once

#include <cstddef>

#include "obkit/neural/activation.hpp"

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

}  // namespace obkit::neural::kernels

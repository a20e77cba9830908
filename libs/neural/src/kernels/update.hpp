#pragma once

#include <cstddef>

namespace obkit::neural::kernels {

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

#pragma once

#include <cstdint>
#include <span>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// Probabilities below this count as this, as in Keras, so that a loss is finite. NaN stays NaN.
inline constexpr double least_probability = 1e-7;

/// Categorical cross-entropy, mean over the samples, in nats: -log P(the sample's class).
/// Pre: probabilities [classes × n], classes [n], n > 0.
[[nodiscard]] double cross_entropy(const Matrix& probabilities,
                                   std::span<const std::uint8_t> classes);

/// Gradient of that mean by what went into softmax: (p - 1 at the sample's class) / n.
void softmax_cross_entropy_gradient(const Matrix& probabilities,
                                    std::span<const std::uint8_t> classes, Matrix& dz);

}  // namespace obkit::neural

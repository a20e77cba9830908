#pragma once

#include <cstdint>
#include <span>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// Probabilities below this count as this, as in Keras, so that a loss is finite. NaN stays NaN.
inline constexpr double least_probability = 1e-7;

/// Categorical cross-entropy in nats: the mean of -log P(the sample's class), weighted by `weights`
/// if there are any: Σ w·l / Σ w.
/// Pre: probabilities [classes × n], classes [n], n > 0, weights [n] or none, finite, not negative,
/// not all zero.
[[nodiscard]] double cross_entropy(const Matrix& probabilities,
                                   std::span<const std::uint8_t> classes,
                                   std::span<const float> weights = {});

/// Gradient of that mean by what went into softmax: w / Σ w · (p - 1 at the sample's class).
void softmax_cross_entropy_gradient(const Matrix& probabilities,
                                    std::span<const std::uint8_t> classes,
                                    std::span<const float> weights, Matrix& dz);

}  // namespace obkit::neural

#pragma once

#include <cstddef>
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
[[nodiscard]] double cross_entropy(const Eigen::Ref<const Matrix>& probabilities,
                                   std::span<const std::uint8_t> classes,
                                   std::span<const float> weights = {});

/// Σ w, or n where there are no weights.
[[nodiscard]] double total_weight(std::span<const float> weights, std::size_t n);

/// What some samples of a batch add to its loss: Σ w·l / total, where `total` is the total_weight()
/// of the batch; and its gradient by what went into softmax: w / total · (p - 1 at the class).
/// Rows are samples: probabilities and dz [n × classes].
[[nodiscard]] double softmax_cross_entropy(const Eigen::Ref<const Matrix>& probabilities,
                                           std::span<const std::uint8_t> classes,
                                           std::span<const float> weights, double total,
                                           Eigen::Ref<Matrix> dz);

}  // namespace obkit::neural

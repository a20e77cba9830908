#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// What a level is worth that is not the best one: how far it proves to know more than that.
///
/// With d_k the difference of both sides' inputs at distance k, a logistic regression of the
/// direction on d_0 alone leaves residuals; t_k² is the score statistic of d_k, less its part in
/// d_0, against them, with a variance that sums over blocks (Rao 1948; Cameron and Miller 2015). By
/// chance its mean is 1. Over bands of distances 1, 2-3, 4-7, 8-15, ..., with F the mean of t²,
/// the evidence is F / (F + 1); that of the best level is 1.
///
/// inputs [2·levels × n], bids from worst to best, then asks; classes and blocks [n], blocks never
/// go down. Samples of neither class 0 nor 1 do not count. Returns [levels]. O(levels · n).
[[nodiscard]] std::vector<float> level_evidence(const Matrix& inputs,
                                                std::span<const std::uint8_t> classes,
                                                std::span<const std::uint32_t> blocks);

}  // namespace obkit::neural

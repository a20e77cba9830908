#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

enum class Activation : std::uint8_t { sigmoid, tanh, relu, linear, softmax };

/// "sigmoid", "tanh", ...
[[nodiscard]] std::string_view to_string(Activation activation);
[[nodiscard]] std::optional<Activation> parse_activation(std::string_view name);

/// z becomes f(z); softmax column by column, stable for any finite z. NaN stays NaN. An element, or
/// column of softmax, has the same bits whatever stands beside it. Pre: no gaps between columns.
void activate(Activation activation, Eigen::Ref<Matrix> z);

/// dL/dy becomes dL/dz, from y = f(z). Pre: not softmax, whose gradient is fused with the loss; no
/// gaps between columns.
void differentiate(Activation activation, const Eigen::Ref<const Matrix>& y,
                   Eigen::Ref<Matrix> gradient);

}  // namespace obkit::neural

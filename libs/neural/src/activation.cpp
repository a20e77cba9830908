#include "obkit/neural/activation.hpp"

#include <array>
#include <cassert>
#include <cstddef>

#include "kernels/elementwise.hpp"

namespace obkit::neural {
namespace {

constexpr std::array<std::string_view, 5> names{"sigmoid", "tanh", "relu", "linear", "softmax"};

}  // namespace

std::string_view to_string(Activation activation) {
  return names[static_cast<std::size_t>(activation)];
}

std::optional<Activation> parse_activation(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Activation>(i);
  return std::nullopt;
}

void activate(Activation activation, Eigen::Ref<Matrix> z) {
  assert(z.outerStride() == z.rows());
  const auto rows = static_cast<std::size_t>(z.rows());
  const auto columns = static_cast<std::size_t>(z.cols());
  if (activation == Activation::softmax)
    kernels::softmax(z.data(), rows, columns);
  else
    kernels::activate(activation, z.data(), rows * columns);
}

void differentiate(Activation activation, const Eigen::Ref<const Matrix>& y,
                   Eigen::Ref<Matrix> gradient) {
  assert(activation != Activation::softmax && y.size() == gradient.size());
  assert(y.outerStride() == y.rows() && gradient.outerStride() == gradient.rows());
  kernels::differentiate(activation, y.data(), gradient.data(), static_cast<std::size_t>(y.size()));
}

}  // namespace obkit::neural

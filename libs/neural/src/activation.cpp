#include "obkit/neural/activation.hpp"

#include <array>
#include <cassert>
#include <cstddef>

namespace obkit::neural {
namespace {

constexpr std::array<std::string_view, 5> names{"sigmoid", "tanh", "relu", "linear", "softmax"};

void softmax(Eigen::Ref<Matrix> z) {
  for (Index i = 0; i < z.cols(); ++i) {
    auto column = z.col(i).array();
    column = (column - column.maxCoeff()).exp();  // no exponent is above 0: no overflow
    column /= column.sum();
  }
}

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
  switch (activation) {
    case Activation::sigmoid:
      z = z.array().logistic();
      break;
    case Activation::tanh:
      z = z.array().tanh();
      break;
    case Activation::relu:
      z = z.array().max(0.0f);
      break;
    case Activation::linear:
      break;
    case Activation::softmax:
      softmax(z);
      break;
  }
}

void differentiate(Activation activation, const Matrix& y, Matrix& gradient) {
  assert(activation != Activation::softmax);
  switch (activation) {
    case Activation::sigmoid:
      gradient.array() *= y.array() * (1.0f - y.array());
      break;
    case Activation::tanh:
      gradient.array() *= 1.0f - y.array().square();
      break;
    case Activation::relu:
      gradient = (y.array() > 0.0f).select(gradient, 0.0f);
      break;
    case Activation::linear:
    case Activation::softmax:
      break;
  }
}

}  // namespace obkit::neural

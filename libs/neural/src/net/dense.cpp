#include "obkit/neural/dense.hpp"

#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <utility>

#include "kernels/elementwise.hpp"
#include "kernels/multiply.hpp"
#include "net/random.hpp"
#include "net/scratch.hpp"

namespace obkit::neural {
namespace {

constexpr std::array<std::string_view, 5> activation_names{"sigmoid", "tanh", "relu", "linear",
                                                           "softmax"};

Matrix draw_weights(Index inputs, Index units, Initializer initializer, std::mt19937& random) {
  const Index fan = initializer == Initializer::he ? inputs : inputs + units;
  const auto limit = static_cast<float>(std::sqrt(6.0 / static_cast<double>(fan)));
  // Drawn in an order of its own: that of NullaryExpr is Eigen's affair.
  Matrix weights(units, inputs);
  for (float& weight : weights.reshaped()) weight = uniform(random, -limit, limit);
  return weights;
}

struct Strides {
  std::size_t row, column;
};

/// c = a·b or c += a·b.
void add_product(const Eigen::Ref<const Matrix>& a, const float* b, Strides strides, Sum sum,
                 Eigen::Ref<Matrix> c) {
  kernels::multiply({.rows = size(c.rows()),
                     .columns = size(c.cols()),
                     .depth = size(a.cols()),
                     .a = a.data(),
                     .a_column = size(a.outerStride()),
                     .b = b,
                     .b_row = strides.row,
                     .b_column = strides.column,
                     .c = c.data(),
                     .c_column = size(c.outerStride()),
                     .start = sum == Sum::begin ? nullptr : c.data(),
                     .start_column = size(c.outerStride())});
}

}  // namespace

std::string_view to_string(Activation activation) {
  return activation_names[static_cast<std::size_t>(activation)];
}

std::optional<Activation> parse_activation(std::string_view name) {
  for (std::size_t i = 0; i < activation_names.size(); ++i)
    if (activation_names[i] == name) return static_cast<Activation>(i);
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

std::string_view to_string(Initializer initializer) {
  return initializer == Initializer::glorot ? "glorot" : "he";
}

std::optional<Initializer> parse_initializer(std::string_view name) {
  for (const auto initializer : {Initializer::glorot, Initializer::he})
    if (to_string(initializer) == name) return initializer;
  return std::nullopt;
}

Dense::Dense(Index inputs, Index units, Activation activation, std::mt19937& random,
             Initializer initializer)
    : Dense{draw_weights(inputs, units, initializer, random), Vector::Zero(units), activation} {}

Dense::Dense(Matrix weights, Vector biases, Activation activation)
    : weights_{std::move(weights)}, biases_{std::move(biases)}, activation_{activation} {
  assert(weights_.rows() == biases_.size());
}

void Dense::forward(const Eigen::Ref<const Matrix>& x, Eigen::Ref<Matrix> y) const {
  assert(x.rows() == inputs() && y.rows() == units() && y.cols() == x.cols());
  kernels::multiply({.rows = size(units()),
                     .columns = size(x.cols()),
                     .depth = size(inputs()),
                     .a = weights_.data(),
                     .a_column = size(units()),
                     .b = x.data(),
                     .b_row = 1,
                     .b_column = size(x.outerStride()),
                     .c = y.data(),
                     .c_column = size(units()),
                     .start = biases_.data(),
                     .start_column = 0});
  activate(activation_, y);
}

void Dense::backward(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& dz, Sum sum,
                     DenseGradient& gradient) const {
  assert(x.rows() == inputs() && dz.rows() == units() && x.cols() == dz.cols());
  gradient.weights.resize(units(), inputs());
  gradient.biases.resize(units());
  add_product(dz, x.data(), {.row = size(x.outerStride()), .column = 1}, sum, gradient.weights);
  static constexpr float one = 1;  // biases are weights of an input that is always one
  add_product(dz, &one, {.row = 0, .column = 0}, sum, gradient.biases);
}

}  // namespace obkit::neural

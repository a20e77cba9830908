#include "obkit/neural/dense.hpp"

#include <cassert>
#include <cmath>
#include <utility>

#include "obkit/neural/random.hpp"

namespace obkit::neural {
namespace {

Matrix draw_weights(Index inputs, Index units, Initializer initializer, std::mt19937& random) {
  const Index fan = initializer == Initializer::he ? inputs : inputs + units;
  const auto limit = static_cast<float>(std::sqrt(6.0 / static_cast<double>(fan)));
  // Drawn in an order of its own: that of NullaryExpr is Eigen's affair.
  Matrix weights(units, inputs);
  for (float& weight : weights.reshaped()) weight = uniform(random, -limit, limit);
  return weights;
}

}  // namespace

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

void Dense::forward(const Matrix& x, Matrix& y) const {
  y.noalias() = weights_ * x;
  y.colwise() += biases_;
  activate(activation_, y);
}

void Dense::forward(const Vector& x, Vector& y) const {
  y.noalias() = weights_ * x;
  y += biases_;
  activate(activation_, y);
}

void Dense::backward(const Matrix& x, const Matrix& dz, DenseGradient& gradient) const {
  assert(x.rows() == inputs() && dz.rows() == units() && x.cols() == dz.cols());
  gradient.weights.noalias() = dz * x.transpose();
  gradient.biases = dz.rowwise().sum();
}

}  // namespace obkit::neural

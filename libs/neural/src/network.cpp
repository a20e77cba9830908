#include "obkit/neural/network.hpp"

#include <cassert>
#include <cstddef>
#include <utility>

#include "obkit/neural/loss.hpp"

namespace obkit::neural {
namespace {

std::span<float> as_span(Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}
std::span<float> as_span(Vector& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

std::vector<Dense> make_layers(Index inputs, std::span<const Index> units, Activation hidden,
                               std::mt19937& random, Initializer initializer) {
  std::vector<Dense> layers;
  layers.reserve(units.size());
  for (const Index width : units) {
    const bool last = layers.size() + 1 == units.size();
    layers.emplace_back(inputs, width, last ? Activation::softmax : hidden, random, initializer);
    inputs = width;
  }
  return layers;
}

[[maybe_unused]] bool fit_together(const std::vector<Dense>& layers) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool last = i + 1 == layers.size();
    if ((layers[i].activation() == Activation::softmax) != last) return false;
    if (!last && layers[i].units() != layers[i + 1].inputs()) return false;
  }
  return !layers.empty();
}

}  // namespace

const ParameterBlocks& BatchPass::blocks() {
  blocks_.clear();
  for (DenseGradient& layer : gradient) {
    blocks_.push_back(as_span(layer.weights));
    blocks_.push_back(as_span(layer.biases));
  }
  return blocks_;
}

Network::Network(std::vector<Dense> layers) : layers_{std::move(layers)} {
  assert(fit_together(layers_));
}

Network::Network(Index inputs, std::span<const Index> units, Activation hidden,
                 std::mt19937& random, Initializer initializer)
    : Network{make_layers(inputs, units, hidden, random, initializer)} {}

ParameterBlocks Network::parameters() {
  ParameterBlocks blocks;
  for (Dense& layer : layers_) {
    blocks.push_back(as_span(layer.weights()));
    blocks.push_back(as_span(layer.biases()));
  }
  return blocks;
}

Matrix Network::forward(const Matrix& x) const {
  Matrix in, out;
  layers_.front().forward(x, out);
  for (std::size_t i = 1; i < layers_.size(); ++i) {
    in.swap(out);
    layers_[i].forward(in, out);
  }
  return out;
}

Vector Network::forward(const Vector& x) const {
  Vector in, out;
  layers_.front().forward(x, out);
  for (std::size_t i = 1; i < layers_.size(); ++i) {
    in.swap(out);
    layers_[i].forward(in, out);
  }
  return out;
}

double Network::backward(const Eigen::Ref<const Matrix>& x, std::span<const std::uint8_t> classes,
                         std::span<const float> weights, BatchPass& pass) const {
  const std::size_t count = layers_.size();
  pass.outputs.resize(count);
  pass.dz.resize(count);
  pass.gradient.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    layers_[i].forward(i == 0 ? Matrix{x} : pass.outputs[i - 1], pass.outputs[i]);
  softmax_cross_entropy_gradient(pass.outputs.back(), classes, weights, pass.dz.back());
  for (std::size_t i = count; i-- > 0;) {
    layers_[i].backward(i == 0 ? Matrix{x} : pass.outputs[i - 1], pass.dz[i], pass.gradient[i]);
    if (i == 0) break;
    pass.dz[i - 1].noalias() = layers_[i].weights().transpose() * pass.dz[i];
    differentiate(layers_[i - 1].activation(), pass.outputs[i - 1], pass.dz[i - 1]);
  }
  return cross_entropy(pass.outputs.back(), classes, weights);
}

double Network::add_l2(float l2, BatchPass& pass) const {
  double squares = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Matrix& weights = layers_[i].weights();
    pass.gradient[i].weights += 2 * l2 * weights;
    squares += weights.squaredNorm();
  }
  return l2 * squares;
}

Index count_parameters(Index inputs, std::span<const Index> units) {
  Index count = 0;
  for (const Index width : units) {
    count += (inputs + 1) * width;
    inputs = width;
  }
  return count;
}

}  // namespace obkit::neural

#include "obkit/neural/network.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

#include "network_parts.hpp"

namespace obkit::neural {
namespace {

void forward_some(const std::vector<Dense>& layers, const Eigen::Ref<const Matrix>& x,
                  const Eigen::Ref<Matrix>& y) {
  const auto wider = [](const Dense& a, const Dense& b) { return a.units() < b.units(); };
  const Index widest = std::max_element(layers.begin(), layers.end(), wider)->units();
  Scratch scratch{2 * widest * x.cols()};
  const auto output = [&](std::size_t i) {  // of a layer, in turn in the one half and the other
    float* data = scratch.data() + (i % 2 == 0 ? 0 : widest * x.cols());
    return Eigen::Map<Matrix>{data, layers[i].units(), x.cols()};
  };
  const std::size_t last = layers.size() - 1;
  if (last == 0) return layers[0].forward(x, y);
  layers[0].forward(x, output(0));
  for (std::size_t i = 1; i < last; ++i) layers[i].forward(output(i - 1), output(i));
  layers[last].forward(output(last - 1), y);
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
  Matrix y(classes(), x.cols());
  forward(x, y);
  return y;
}

Vector Network::forward(const Vector& x) const {
  Vector y(classes());
  forward(x, y);
  return y;
}

void Network::forward(const Eigen::Ref<const Matrix>& x, Eigen::Ref<Matrix> y) const {
  assert(x.rows() == inputs() && y.rows() == classes() && x.cols() == y.cols());
  for (Index begin = 0; begin < x.cols(); begin += at_once) {
    const Index count = std::min(at_once, x.cols() - begin);
    forward_some(layers_, x.middleCols(begin, count), y.middleCols(begin, count));
  }
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

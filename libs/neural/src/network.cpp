#include "obkit/neural/network.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <utility>

#include "obkit/neural/loss.hpp"

#include "kernels/multiply.hpp"

namespace obkit::neural {
namespace {

/// Samples that are worked on together: what is between the layers stays in the cache.
constexpr Index at_once = 64;

std::size_t size(Index count) { return static_cast<std::size_t>(count); }

void transpose(const Matrix& from, Matrix& to) {
  to.resize(from.cols(), from.rows());
  kernels::transpose(from.data(), size(from.rows()), size(from.cols()), to.data());
}

/// c = a·b. Pre: no gaps between columns.
void multiply(const Matrix& a, const Eigen::Ref<const Matrix>& b, Eigen::Ref<Matrix> c) {
  kernels::multiply({.rows = size(a.rows()),
                     .columns = size(b.cols()),
                     .depth = size(a.cols()),
                     .a = a.data(),
                     .a_column = size(a.rows()),
                     .b = b.data(),
                     .b_row = 1,
                     .b_column = size(b.rows()),
                     .c = c.data(),
                     .c_column = size(a.rows()),
                     .start = nullptr,
                     .start_column = 0});
}

/// Memory between layers, of which one sample needs little: that costs no allocation.
class Scratch {
 public:
  explicit Scratch(std::size_t floats) : large_(floats > small_.size() ? floats : 0) {}
  [[nodiscard]] float* data() { return large_.empty() ? small_.data() : large_.data(); }

 private:
  std::array<float, 512> small_;
  std::vector<float> large_;
};

void forward_some(const std::vector<Dense>& layers, const Eigen::Ref<const Matrix>& x,
                  Eigen::Ref<Matrix> y) {
  const auto wider = [](const Dense& a, const Dense& b) { return a.units() < b.units(); };
  const Index widest = std::max_element(layers.begin(), layers.end(), wider)->units();
  Scratch scratch{size(2 * widest * x.cols())};
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

void BatchPass::begin(const std::vector<Dense>& layers) {
  const std::size_t count = layers.size();
  gradient.resize(count);
  outputs_.resize(count);
  dz_.resize(count);
  transposed_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Dense& layer = layers[i];
    outputs_[i].resize(layer.units(), at_once);
    dz_[i].resize(layer.units(), at_once);
    if (i > 0) transpose(layer.weights(), transposed_[i]);
  }
}

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

double Network::backward(const Eigen::Ref<const Matrix>& x, std::span<const std::uint8_t> classes,
                         std::span<const float> weights, BatchPass& pass) const {
  assert(x.rows() == inputs() && x.cols() == static_cast<Index>(classes.size()));
  pass.begin(layers_);
  const double total = total_weight(weights, classes.size());
  double loss = 0;
  for (Index begin = 0; begin < x.cols(); begin += at_once) {
    const Index count = std::min(at_once, x.cols() - begin);
    const auto first = static_cast<std::size_t>(begin), n = static_cast<std::size_t>(count);
    loss += backward_some(x.middleCols(begin, count), classes.subspan(first, n),
                          weights.empty() ? weights : weights.subspan(first, n), total,
                          begin == 0 ? Sum::begin : Sum::add, pass);
  }
  return loss;
}

double Network::backward_some(const Eigen::Ref<const Matrix>& x,
                              std::span<const std::uint8_t> classes, std::span<const float> weights,
                              double total, Sum sum, BatchPass& pass) const {
  const Index n = x.cols();
  const std::size_t last = layers_.size() - 1;
  const auto input = [&](std::size_t i) {
    return i == 0 ? x : Eigen::Ref<const Matrix>{pass.outputs_[i - 1].leftCols(n)};
  };
  for (std::size_t i = 0; i <= last; ++i)
    layers_[i].forward(input(i), pass.outputs_[i].leftCols(n));
  const double loss = softmax_cross_entropy(pass.outputs_[last].leftCols(n), classes, weights,
                                            total, pass.dz_[last].leftCols(n));
  for (std::size_t i = last;; --i) {
    const auto dz = pass.dz_[i].leftCols(n);
    layers_[i].backward(input(i), dz, sum, pass.gradient[i]);
    if (i == 0) return loss;
    multiply(pass.transposed_[i], dz, pass.dz_[i - 1].leftCols(n));
    differentiate(layers_[i - 1].activation(), input(i), pass.dz_[i - 1].leftCols(n));
  }
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

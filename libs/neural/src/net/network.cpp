#include "obkit/neural/network.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <span>
#include <utility>

#include "kernels/elementwise.hpp"
#include "kernels/multiply.hpp"
#include "net/cross_entropy.hpp"
#include "net/scratch.hpp"

namespace obkit::neural {
namespace {

std::span<float> as_span(Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}
std::span<float> as_span(Vector& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

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

/// Without gaps between columns.
using Packed = Eigen::Map<Matrix>;

/// Of memory for more samples: columns or rows are `count` samples.
Packed some_columns(Matrix& memory, Index count) { return {memory.data(), memory.rows(), count}; }
Packed some_rows(Matrix& memory, Index count) { return {memory.data(), count, memory.cols()}; }

/// Pre: no gaps between columns.
void transpose(const Eigen::Ref<const Matrix>& from, Packed to) {
  assert(to.rows() == from.cols() && to.cols() == from.rows());
  kernels::transpose(from.data(), size(from.rows()), size(from.cols()), to.data());
}

/// y = f(x·Wᵀ + b), rows are samples.
void forward_rows(const Dense& layer, const Packed& x, Packed y) {
  kernels::multiply({.rows = size(x.rows()),
                     .columns = size(layer.units()),
                     .depth = size(layer.inputs()),
                     .a = x.data(),
                     .a_column = size(x.rows()),
                     .b = layer.weights().data(),
                     .b_row = size(layer.units()),
                     .b_column = 1,
                     .c = y.data(),
                     .c_column = size(y.rows()),
                     .start = layer.biases().data(),
                     .start_column = 1,
                     .start_row = 0});
  if (layer.activation() == Activation::softmax)
    kernels::softmax_rows(y.data(), size(y.rows()), size(y.cols()));
  else
    activate(layer.activation(), y);
}

/// dL/dx = dL/dz·W, rows are samples.
void backward_rows(const Dense& layer, const Packed& dz, Packed dx) {
  kernels::multiply({.rows = size(dz.rows()),
                     .columns = size(layer.inputs()),
                     .depth = size(layer.units()),
                     .a = dz.data(),
                     .a_column = size(dz.rows()),
                     .b = layer.weights().data(),
                     .b_row = 1,
                     .b_column = size(layer.units()),
                     .c = dx.data(),
                     .c_column = size(dx.rows()),
                     .start = nullptr,
                     .start_column = 0});
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

void BatchPass::begin(const std::vector<Dense>& layers) {
  const std::size_t count = layers.size();
  gradient.resize(count);
  next_.resize(count);
  outputs_.resize(count);
  rows_.resize(count);
  dz_rows_.resize(count);
  Index widest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Index units = layers[i].units();
    gradient[i].weights.resize(units, layers[i].inputs());
    gradient[i].biases.resize(units);
    outputs_[i].resize(units, at_once);
    rows_[i].resize(at_once, units);
    dz_rows_[i].resize(at_once, units);
    widest = std::max(widest, units);
  }
  dz_.resize(widest, at_once);
}

void BatchPass::add_next() {
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    gradient[i].weights += next_[i].weights;
    gradient[i].biases += next_[i].biases;
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

double Network::backward(const Eigen::Ref<const Matrix>& x, std::span<const std::uint8_t> classes,
                         std::span<const float> weights, BatchPass& pass) const {
  return backward(x, classes, weights, total_weight(weights, classes.size()), pass);
}

double Network::backward(const Eigen::Ref<const Matrix>& x, std::span<const std::uint8_t> classes,
                         std::span<const float> weights, double total, BatchPass& pass) const {
  assert(x.rows() == inputs() && x.cols() == static_cast<Index>(classes.size()));
  pass.begin(layers_);
  double loss = 0;
  for (std::size_t begin = 0; begin < classes.size(); begin += block_size) {
    const std::size_t n = std::min(block_size, classes.size() - begin);
    loss += backward_block(x.middleCols(static_cast<Index>(begin), static_cast<Index>(n)),
                           classes.subspan(begin, n),
                           weights.empty() ? weights : weights.subspan(begin, n), total,
                           begin == 0 ? pass.gradient : pass.next_, pass);
    if (begin > 0) pass.add_next();
  }
  return loss;
}

double Network::backward_block(const Eigen::Ref<const Matrix>& x,
                               std::span<const std::uint8_t> classes,
                               std::span<const float> weights, double total,
                               std::vector<DenseGradient>& gradient, BatchPass& pass) const {
  double loss = 0;
  for (Index begin = 0; begin < x.cols(); begin += at_once) {
    const Index count = std::min(at_once, x.cols() - begin);
    const auto first = static_cast<std::size_t>(begin), n = static_cast<std::size_t>(count);
    loss += backward_some(x.middleCols(begin, count), classes.subspan(first, n),
                          weights.empty() ? weights : weights.subspan(first, n), total,
                          begin == 0 ? Sum::begin : Sum::add, gradient, pass);
  }
  return loss;
}

void Network::keep_outputs(const Eigen::Ref<const Matrix>& x, BatchPass& pass) const {
  const Index n = x.cols();
  const std::size_t last = layers_.size() - 1;
  layers_[0].forward(x, some_columns(pass.outputs_[0], n));
  transpose(some_columns(pass.outputs_[0], n), some_rows(pass.rows_[0], n));
  for (std::size_t i = 1; i <= last; ++i) {
    const Packed rows = some_rows(pass.rows_[i], n);
    forward_rows(layers_[i], some_rows(pass.rows_[i - 1], n), rows);
    if (i < last) transpose(rows, some_columns(pass.outputs_[i], n));
  }
}

double Network::backward_some(const Eigen::Ref<const Matrix>& x,
                              std::span<const std::uint8_t> classes, std::span<const float> weights,
                              double total, Sum sum, std::vector<DenseGradient>& gradient,
                              BatchPass& pass) const {
  const Index n = x.cols();
  const std::size_t last = layers_.size() - 1;
  keep_outputs(x, pass);
  const auto rows = [&](std::size_t i) { return some_rows(pass.rows_[i], n); };
  const auto dz_rows = [&](std::size_t i) { return some_rows(pass.dz_rows_[i], n); };
  const double loss = softmax_cross_entropy(rows(last), classes, weights, total, dz_rows(last));
  for (std::size_t i = last;; --i) {
    const Packed dz{pass.dz_.data(), layers_[i].units(), n};
    transpose(dz_rows(i), dz);
    if (i == 0) {
      layers_[0].backward(x, dz, sum, gradient[0]);
      return loss;
    }
    layers_[i].backward(some_columns(pass.outputs_[i - 1], n), dz, sum, gradient[i]);
    backward_rows(layers_[i], dz_rows(i), dz_rows(i - 1));
    differentiate(layers_[i - 1].activation(), rows(i - 1), dz_rows(i - 1));
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

}  // namespace obkit::neural

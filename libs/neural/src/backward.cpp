#include <algorithm>
#include <cassert>
#include <cstddef>

#include "obkit/neural/loss.hpp"
#include "obkit/neural/network.hpp"

#include "kernels/multiply.hpp"
#include "network_parts.hpp"

namespace obkit::neural {
namespace {

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

}  // namespace obkit::neural

#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "obkit/neural/dense.hpp"
#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// Weights and biases of each layer in order, or their gradients.
using ParameterBlocks = std::vector<std::span<float>>;

/// What one backward pass leaves behind; reused from batch to batch.
struct BatchPass {
  std::vector<Matrix> outputs;          ///< of each layer
  std::vector<Matrix> dz;               ///< dL/dz of each layer
  std::vector<DenseGradient> gradient;  ///< of each layer

  [[nodiscard]] ParameterBlocks blocks();
};

/// Dense layers one after the other; the last is softmax and no other is, so that outputs are
/// probabilities. A value: copies share nothing.
class Network {
 public:
  /// Models beyond this are refused: it bounds the size of a model file.
  static constexpr Index max_parameters = 2'000'000;

  /// Pre: at least one layer, each as wide as the one before, softmax last and only there.
  explicit Network(std::vector<Dense> layers);
  /// Layers of `units`, the last softmax, the others `hidden`. Pre: units is not empty.
  Network(Index inputs, std::span<const Index> units, Activation hidden, std::mt19937& random);

  [[nodiscard]] Index inputs() const { return layers_.front().inputs(); }
  [[nodiscard]] Index classes() const { return layers_.back().units(); }
  [[nodiscard]] const std::vector<Dense>& layers() const { return layers_; }
  /// Valid while the network lives and is not assigned to.
  [[nodiscard]] ParameterBlocks parameters();

  /// Probabilities [classes × n] of x [inputs × n].
  [[nodiscard]] Matrix forward(const Matrix& x) const;
  /// The same of one sample, always by the same arithmetic.
  [[nodiscard]] Vector forward(const Vector& x) const;

  /// Mean cross-entropy of a batch; its gradient goes into `pass`.
  /// Pre: x [inputs × n], classes [n], each < classes(), n > 0.
  double backward(const Matrix& x, std::span<const std::uint8_t> classes, BatchPass& pass) const;

 private:
  std::vector<Dense> layers_;
};

/// How many weights and biases such a network has.
[[nodiscard]] Index count_parameters(Index inputs, std::span<const Index> units);

}  // namespace obkit::neural

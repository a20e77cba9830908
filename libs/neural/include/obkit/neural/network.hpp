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

/// Samples whose gradient is a sum of its own: that of a batch is the sum over its blocks, in their
/// order, so that several processes can share it.
inline constexpr std::size_t block_size = 256;

/// What one backward pass leaves behind; reused from batch to batch, so that only the first
/// allocates.
class BatchPass {
 public:
  std::vector<DenseGradient> gradient;  ///< of each layer

  /// In the order of Network::parameters(). Valid until the next backward pass, or this pass moves.
  [[nodiscard]] const ParameterBlocks& blocks();
  /// Shaped for `layers`; what is in the gradient has no meaning.
  void begin(const std::vector<Dense>& layers);

 private:
  friend class Network;
  void add_next();

  ParameterBlocks blocks_;
  std::vector<DenseGradient> next_;  ///< of a block that is not yet added
  // Of the few samples that are worked on at once, so that all stays in the cache. Rows are samples
  // in most: batches are made of whole vectors more often than layers are.
  std::vector<Matrix> rows_;     ///< outputs of each layer
  std::vector<Matrix> outputs_;  ///< of each layer but the last, columns are samples
  std::vector<Matrix> dz_rows_;  ///< dL/dz of each layer
  Matrix dz_;                    ///< dL/dz of one layer, columns are samples
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
  Network(Index inputs, std::span<const Index> units, Activation hidden, std::mt19937& random,
          Initializer initializer = Initializer::glorot);

  [[nodiscard]] Index inputs() const { return layers_.front().inputs(); }
  [[nodiscard]] Index classes() const { return layers_.back().units(); }
  [[nodiscard]] const std::vector<Dense>& layers() const { return layers_; }
  /// Valid while the network lives and is not assigned to.
  [[nodiscard]] ParameterBlocks parameters();

  /// Probabilities [classes × n] of x [inputs × n]. A sample gets the same bits alone and in any
  /// batch.
  [[nodiscard]] Matrix forward(const Matrix& x) const;
  [[nodiscard]] Vector forward(const Vector& x) const;
  /// Writes them into y [classes × n], without gaps between columns.
  void forward(const Eigen::Ref<const Matrix>& x, Eigen::Ref<Matrix> y) const;

  /// Mean cross-entropy of a batch, weighted by `weights` if there are any; its gradient goes into
  /// `pass`.
  /// Pre: x [inputs × n], classes [n], each < classes(), n > 0; weights [n] or none, as in
  /// cross_entropy().
  double backward(const Eigen::Ref<const Matrix>& x, std::span<const std::uint8_t> classes,
                  std::span<const float> weights, BatchPass& pass) const;

  /// The same of some neighbouring blocks of a batch that weighs `total`: what they add to its
  /// loss, and to its gradient. Pre: block_size samples each, but for the last of the batch.
  double backward(const Eigen::Ref<const Matrix>& x, std::span<const std::uint8_t> classes,
                  std::span<const float> weights, double total, BatchPass& pass) const;

  /// Adds the gradient of the penalty l2·Σw² over all weights, not biases (Keras'
  /// kernel_regularizer), to what backward() left in `pass`: 2·l2·w. Returns the penalty, which the
  /// loss of backward() does not contain.
  double add_l2(float l2, BatchPass& pass) const;

 private:
  /// Outputs of each layer.
  void keep_outputs(const Eigen::Ref<const Matrix>& x, BatchPass& pass) const;
  /// What the samples add to the loss; begins the gradient or adds to it. `total` is the weight of
  /// the batch.
  double backward_some(const Eigen::Ref<const Matrix>& x, std::span<const std::uint8_t> classes,
                       std::span<const float> weights, double total, Sum sum,
                       std::vector<DenseGradient>& gradient, BatchPass& pass) const;
  /// What a block adds to the loss, and its gradient.
  double backward_block(const Eigen::Ref<const Matrix>& x, std::span<const std::uint8_t> classes,
                        std::span<const float> weights, double total,
                        std::vector<DenseGradient>& gradient, BatchPass& pass) const;

  std::vector<Dense> layers_;
};

/// How many weights and biases such a network has.
[[nodiscard]] Index count_parameters(Index inputs, std::span<const Index> units);

}  // namespace obkit::neural

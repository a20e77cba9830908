#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

enum class Activation : std::uint8_t { sigmoid, tanh, relu, linear, softmax };

/// "sigmoid", "tanh", ...
[[nodiscard]] std::string_view to_string(Activation activation);
[[nodiscard]] std::optional<Activation> parse_activation(std::string_view name);

/// z becomes f(z); softmax column by column, stable for any finite z. NaN stays NaN. An element, or
/// column of softmax, has the same bits whatever stands beside it. Pre: no gaps between columns.
void activate(Activation activation, Eigen::Ref<Matrix> z);

/// dL/dy becomes dL/dz, from y = f(z). Pre: not softmax, whose gradient is fused with the loss; no
/// gaps between columns.
void differentiate(Activation activation, const Eigen::Ref<const Matrix>& y,
                   Eigen::Ref<Matrix> gradient);

/// What weights are drawn from; biases begin as zeros.
enum class Initializer : std::uint8_t {
  glorot,  ///< uniform in ±sqrt(6 / (inputs + units)): Glorot and Bengio 2010
  he,      ///< uniform in ±sqrt(6 / inputs), made for relu: He et al. 2015, arXiv:1502.01852
};

/// "glorot", "he".
[[nodiscard]] std::string_view to_string(Initializer initializer);
[[nodiscard]] std::optional<Initializer> parse_initializer(std::string_view name);

/// dL/dW and dL/db of one layer, shaped like them.
struct DenseGradient {
  Matrix weights;
  Vector biases;
};

/// Whether a sum over samples begins or goes on.
enum class Sum : std::uint8_t { begin, add };

/// Fully connected layer with its activation: y = f(W·x + b).
///
/// Shapes: x [inputs × n], y [units × n], W [units × inputs], b [units].
/// Source: Goodfellow et al., "Deep Learning" (2016), ch. 6.5.
class Dense {
 public:
  /// The same `random` state gives the same layer.
  Dense(Index inputs, Index units, Activation activation, std::mt19937& random,
        Initializer initializer = Initializer::glorot);
  /// Pre: weights.rows() == biases.size().
  Dense(Matrix weights, Vector biases, Activation activation);

  [[nodiscard]] Index inputs() const { return weights_.cols(); }
  [[nodiscard]] Index units() const { return weights_.rows(); }
  [[nodiscard]] Activation activation() const { return activation_; }
  [[nodiscard]] const Matrix& weights() const { return weights_; }
  [[nodiscard]] const Vector& biases() const { return biases_; }
  [[nodiscard]] Matrix& weights() { return weights_; }
  [[nodiscard]] Vector& biases() { return biases_; }

  /// Writes y. A sample gets the same bits alone and in any batch.
  /// Pre: shapes fit; no gaps between the columns of y; y is not x.
  void forward(const Eigen::Ref<const Matrix>& x, Eigen::Ref<Matrix> y) const;

  /// Writes or adds the gradient of W and b from dL/dz, z = W·x + b. Pre: shapes fit, to add also
  /// those of `gradient`; no gaps between the columns of dz.
  void backward(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& dz, Sum sum,
                DenseGradient& gradient) const;

 private:
  Matrix weights_;
  Vector biases_;
  Activation activation_;
};

}  // namespace obkit::neural

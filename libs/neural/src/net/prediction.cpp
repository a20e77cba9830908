#include "net/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "obkit/neural/input_transform.hpp"

#include "net/cross_entropy.hpp"
#include "net/scratch.hpp"

namespace obkit::neural {
namespace {

/// Both views side by side in one product. They go through the same code and a sum does not depend
/// on the order of its two terms, so the mirrored sample gets the swapped probabilities.
void add_both_views(const Network& network, const Eigen::Ref<const Matrix>& inputs, Index flow,
                    Eigen::Ref<Matrix> sum) {
  const Index count = inputs.cols();
  Scratch view_memory{2 * inputs.size()}, prediction_memory{2 * sum.size()};
  auto views = view_memory.matrix(inputs.rows(), 2 * count);
  views.leftCols(count) = inputs;
  mirror_into(inputs, flow, views.rightCols(count));
  auto predictions = prediction_memory.matrix(sum.rows(), 2 * count);
  network.forward(views, predictions);
  auto other = predictions.rightCols(count);
  other.row(0).swap(other.row(1));
  sum += (predictions.leftCols(count) + other) / 2.0f;
}

}  // namespace

void add_prediction(const Network& network, const Eigen::Ref<const Matrix>& inputs, Mirror mirror,
                    Index flow, Eigen::Ref<Matrix> sum) {
  const Index most = mirror == Mirror::on ? at_once / 2 : at_once;
  for (Index begin = 0; begin < inputs.cols(); begin += most) {
    const Index count = std::min(most, inputs.cols() - begin);
    const auto part = inputs.middleCols(begin, count);
    if (mirror == Mirror::on) {
      add_both_views(network, part, flow, sum.middleCols(begin, count));
    } else {
      Scratch memory{sum.rows() * count};
      auto predictions = memory.matrix(sum.rows(), count);
      network.forward(part, predictions);
      sum.middleCols(begin, count) += predictions;
    }
  }
}

namespace {

constexpr double one_rounding = 0x1p-24;  ///< of a float, as a share of it
constexpr double deviations = 8;          ///< that are allowed

/// Numbers, and one standard deviation of what roundings have made of them.
struct Rounded {
  Eigen::ArrayXd value, error;
};

Eigen::ArrayXd activated(Activation activation, const Eigen::ArrayXd& z) {
  switch (activation) {
    case Activation::sigmoid:
      return 1 / (1 + (-z).exp());
    case Activation::tanh:
      return z.tanh();
    case Activation::relu:
      return z.max(0);
    case Activation::linear:
    case Activation::softmax:  // which the last layer alone has
      break;
  }
  return z;
}

/// Each of the products and their sum is rounded; errors that came in grow by the weights.
Rounded pass(const Dense& layer, const Rounded& x) {
  const Eigen::MatrixXd weights = layer.weights().cast<double>();
  const Eigen::VectorXd biases = layer.biases().cast<double>();
  const Eigen::VectorXd value = x.value, squared_error = x.error.square();
  const Eigen::VectorXd sum = weights * value + biases;
  const Eigen::VectorXd size = weights.cwiseAbs() * value.cwiseAbs() + biases.cwiseAbs();
  const Eigen::VectorXd carried = weights.cwiseAbs2() * squared_error;
  const Eigen::ArrayXd z = sum.array();
  const Eigen::ArrayXd error = (carried.array() + (one_rounding * size.array()).square()).sqrt();
  const Eigen::ArrayXd y = activated(layer.activation(), z);
  const Eigen::ArrayXd above = activated(layer.activation(), z + error) - y;
  const Eigen::ArrayXd below = y - activated(layer.activation(), z - error);
  return {y, above.max(below) + one_rounding * y.abs()};
}

/// How far softmax may be off where each z may be.
Eigen::ArrayXd rounding_of_softmax(const Rounded& z) {
  const auto probability = [&](Index k, double sign) {
    const Eigen::ArrayXd off = sign * deviations * (z.error + z.error[k]);
    double others = 0;
    for (Index j = 0; j < z.value.size(); ++j)
      if (j != k) others += std::exp(z.value[j] - z.value[k] - off[j]);
    return 1 / (1 + others);
  };
  Eigen::ArrayXd result(z.value.size());
  for (Index k = 0; k < result.size(); ++k) {
    const double middle = probability(k, 0);
    result[k] = std::max(probability(k, 1) - middle, middle - probability(k, -1));
  }
  return result;
}

Eigen::ArrayXd rounding_of_view(const Network& network, Rounded x) {
  for (const Dense& layer : network.layers()) x = pass(layer, x);
  return rounding_of_softmax(x);
}

}  // namespace

Vector rounding_of(const Network& network, const Vector& inputs, const Vector& input_errors,
                   Mirror mirror, Index flow) {
  const Rounded x{inputs.cast<double>().array(), input_errors.cast<double>().array()};
  Eigen::ArrayXd result = rounding_of_view(network, x);
  if (mirror == Mirror::on) {
    Vector mirror_inputs(inputs.size()), mirror_errors(inputs.size());
    mirror_into(inputs, flow, mirror_inputs);
    mirror_into(input_errors, flow, mirror_errors);
    Eigen::ArrayXd other = rounding_of_view(
        network,
        {mirror_inputs.cast<double>().array(), mirror_errors.cwiseAbs().cast<double>().array()});
    std::swap(other[0], other[1]);
    result = (result + other) / 2;
  }
  return result.cast<float>();
}

Matrix predict(const Network& network, const Matrix& inputs, Mirror mirror, Index flow) {
  Matrix probabilities = Matrix::Zero(network.classes(), inputs.cols());
  add_prediction(network, inputs, mirror, flow, probabilities);
  return probabilities;
}

double mean_cross_entropy(const Network& network, const TransformedSamples& samples, Mirror mirror,
                          const Team& team) {
  constexpr std::size_t block = TransformedSamples::block;
  const Range own = share_of((samples.view().size() + block - 1) / block, team.rank(), team.size());
  Batch scratch;
  std::vector<double> parts;  // sum and weight of each block
  for (std::size_t i = own.begin; i < own.end; ++i) {
    const Batch& batch = samples.block_of(i, scratch);
    const double weight = total_weight(batch.weights, batch.size());
    const Matrix probabilities = predict(network, batch.inputs, mirror, samples.transform().flow());
    parts.push_back(cross_entropy(probabilities, batch.classes, batch.weights) * weight);
    parts.push_back(weight);
  }
  double sum = 0, weights = 0;
  for (const auto& of_rank : gather(team, parts)) {
    for (std::size_t i = 0; i < of_rank.size(); i += 2) {
      sum += of_rank[i];
      weights += of_rank[i + 1];
    }
  }
  return sum / weights;
}

}  // namespace obkit::neural

#include "net/prediction.hpp"

#include <algorithm>
#include <cstddef>

#include "net/cross_entropy.hpp"
#include "net/scratch.hpp"

namespace obkit::neural {
namespace {

/// Both views side by side in one product. They go through the same code and a sum does not depend
/// on the order of its two terms, so the mirrored sample gets the swapped probabilities.
void add_both_views(const Network& network, const Eigen::Ref<const Matrix>& inputs,
                    Eigen::Ref<Matrix> sum) {
  const Index count = inputs.cols();
  Scratch view_memory{2 * inputs.size()}, prediction_memory{2 * sum.size()};
  auto views = view_memory.matrix(inputs.rows(), 2 * count);
  views.leftCols(count) = inputs;
  views.rightCols(count) = inputs.colwise().reverse();
  auto predictions = prediction_memory.matrix(sum.rows(), 2 * count);
  network.forward(views, predictions);
  auto other = predictions.rightCols(count);
  other.row(0).swap(other.row(1));
  sum += (predictions.leftCols(count) + other) / 2.0f;
}

}  // namespace

void add_prediction(const Network& network, const Eigen::Ref<const Matrix>& inputs, Mirror mirror,
                    Eigen::Ref<Matrix> sum) {
  const Index most = mirror == Mirror::on ? at_once / 2 : at_once;
  for (Index begin = 0; begin < inputs.cols(); begin += most) {
    const Index count = std::min(most, inputs.cols() - begin);
    const auto part = inputs.middleCols(begin, count);
    if (mirror == Mirror::on) {
      add_both_views(network, part, sum.middleCols(begin, count));
    } else {
      Scratch memory{sum.rows() * count};
      auto predictions = memory.matrix(sum.rows(), count);
      network.forward(part, predictions);
      sum.middleCols(begin, count) += predictions;
    }
  }
}

Matrix predict(const Network& network, const Matrix& inputs, Mirror mirror) {
  Matrix probabilities = Matrix::Zero(network.classes(), inputs.cols());
  add_prediction(network, inputs, mirror, probabilities);
  return probabilities;
}

double mean_cross_entropy(const Network& network, const SampleView& view,
                          const InputTransform& transform, Mirror mirror) {
  constexpr std::size_t block = 1024;  // bounds the memory
  Batch batch;
  double sum = 0, weights = 0;
  for (std::size_t begin = 0; begin < view.size(); begin += block) {
    gather(view, begin, std::min(block, view.size() - begin), transform, batch);
    const double weight = total_weight(batch.weights, batch.size());
    const Matrix probabilities = predict(network, batch.inputs, mirror);
    sum += cross_entropy(probabilities, batch.classes, batch.weights) * weight;
    weights += weight;
  }
  return sum / weights;
}

}  // namespace obkit::neural

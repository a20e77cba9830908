#include "forecast.hpp"

#include <algorithm>

#include "network_parts.hpp"

namespace obkit::neural {
namespace {

/// Both views side by side in one product. They go through the same code and a sum does not depend
/// on the order of its two terms, so the mirrored sample gets the swapped probabilities.
void add_both_views(const Network& network, const Eigen::Ref<const Matrix>& inputs,
                    Eigen::Ref<Matrix> sum) {
  const Index count = inputs.cols();
  Scratch view_memory{2 * inputs.size()}, forecast_memory{2 * sum.size()};
  auto views = view_memory.matrix(inputs.rows(), 2 * count);
  views.leftCols(count) = inputs;
  views.rightCols(count) = inputs.colwise().reverse();
  auto forecasts = forecast_memory.matrix(sum.rows(), 2 * count);
  network.forward(views, forecasts);
  auto other = forecasts.rightCols(count);
  other.row(0).swap(other.row(1));
  sum += (forecasts.leftCols(count) + other) / 2.0f;
}

}  // namespace

void add_forecast(const Network& network, const Eigen::Ref<const Matrix>& inputs, Mirror mirror,
                  Eigen::Ref<Matrix> sum) {
  const Index most = mirror == Mirror::on ? at_once / 2 : at_once;
  for (Index begin = 0; begin < inputs.cols(); begin += most) {
    const Index count = std::min(most, inputs.cols() - begin);
    const auto part = inputs.middleCols(begin, count);
    if (mirror == Mirror::on) {
      add_both_views(network, part, sum.middleCols(begin, count));
    } else {
      Scratch memory{sum.rows() * count};
      auto forecasts = memory.matrix(sum.rows(), count);
      network.forward(part, forecasts);
      sum.middleCols(begin, count) += forecasts;
    }
  }
}

}  // namespace obkit::neural

#include "obkit/neural/loss.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace obkit::neural {
namespace {

double total_weight(std::span<const float> weights, std::size_t count) {
  if (weights.empty()) return static_cast<double>(count);
  assert(weights.size() == count);
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

double weight_of(std::span<const float> weights, std::size_t sample) {
  return weights.empty() ? 1.0 : double{weights[sample]};
}

}  // namespace

double cross_entropy(const Matrix& probabilities, std::span<const std::uint8_t> classes,
                     std::span<const float> weights) {
  assert(!classes.empty() && probabilities.cols() == static_cast<Index>(classes.size()));
  double sum = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const double probability = probabilities(classes[i], static_cast<Index>(i));
    sum -= weight_of(weights, i) * std::log(std::max(probability, least_probability));
  }
  return sum / total_weight(weights, classes.size());
}

void softmax_cross_entropy_gradient(const Matrix& probabilities,
                                    std::span<const std::uint8_t> classes,
                                    std::span<const float> weights, Matrix& dz) {
  assert(!classes.empty() && probabilities.cols() == static_cast<Index>(classes.size()));
  const double total = total_weight(weights, classes.size());
  dz = probabilities;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto column = static_cast<Index>(i);
    dz(classes[i], column) -= 1.0f;
    dz.col(column) *= static_cast<float>(weight_of(weights, i) / total);
  }
}

}  // namespace obkit::neural

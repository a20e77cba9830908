#include "net/cross_entropy.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace obkit::neural {
namespace {

double weight_of(std::span<const float> weights, std::size_t sample) {
  return weights.empty() ? 1.0 : double{weights[sample]};
}

double loss_of(float probability) {
  return -std::log(std::max(double{probability}, least_probability));
}

}  // namespace

double total_weight(std::span<const float> weights, std::size_t n) {
  if (weights.empty()) return static_cast<double>(n);
  assert(weights.size() == n);
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

double cross_entropy(const Eigen::Ref<const Matrix>& probabilities,
                     std::span<const std::uint8_t> classes, std::span<const float> weights) {
  assert(!classes.empty() && probabilities.cols() == static_cast<Index>(classes.size()));
  double sum = 0;
  for (std::size_t i = 0; i < classes.size(); ++i)
    sum += weight_of(weights, i) * loss_of(probabilities(classes[i], static_cast<Index>(i)));
  return sum / total_weight(weights, classes.size());
}

double softmax_cross_entropy(const Eigen::Ref<const Matrix>& probabilities,
                             std::span<const std::uint8_t> classes, std::span<const float> weights,
                             double total, Eigen::Ref<Matrix> dz) {
  assert(probabilities.rows() == static_cast<Index>(classes.size()));
  double sum = 0;
  const auto equal_share = static_cast<float>(1.0 / total);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto row = static_cast<Index>(i);
    const double weight = weight_of(weights, i);
    const float share = weights.empty() ? equal_share : static_cast<float>(weight / total);
    for (Index k = 0; k < probabilities.cols(); ++k) dz(row, k) = share * probabilities(row, k);
    const float p = probabilities(row, classes[i]);
    dz(row, classes[i]) = share * (p - 1.0f);
    sum += weight * loss_of(p);
  }
  return sum / total;
}

}  // namespace obkit::neural

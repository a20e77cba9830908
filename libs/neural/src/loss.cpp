#include "obkit/neural/loss.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace obkit::neural {

double cross_entropy(const Matrix& probabilities, std::span<const std::uint8_t> classes) {
  assert(!classes.empty() && probabilities.cols() == static_cast<Index>(classes.size()));
  double sum = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const double probability = probabilities(classes[i], static_cast<Index>(i));
    sum -= std::log(std::max(probability, least_probability));
  }
  return sum / static_cast<double>(classes.size());
}

void softmax_cross_entropy_gradient(const Matrix& probabilities,
                                    std::span<const std::uint8_t> classes, Matrix& dz) {
  assert(!classes.empty() && probabilities.cols() == static_cast<Index>(classes.size()));
  dz = probabilities;
  for (std::size_t i = 0; i < classes.size(); ++i) dz(classes[i], static_cast<Index>(i)) -= 1.0f;
  dz /= static_cast<float>(classes.size());
}

}  // namespace obkit::neural

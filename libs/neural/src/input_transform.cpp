#include "obkit/neural/input_transform.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

namespace obkit::neural {
namespace {

/// Mean of the two in the middle for an even count. Pre: not empty. Reorders.
float median(std::span<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const float below = *std::max_element(values.begin(), middle);
  return below + (*middle - below) / 2;
}

/// The median, or where it is 0 that of the values above 0, or 1.
float typical(std::vector<float>& values) {
  if (const float all = median(values); all > 0) return all;
  const auto positive =
      std::partition(values.begin(), values.end(), [](float v) { return v <= 0; });
  if (positive == values.end()) return 1;
  return median({positive, values.end()});
}

}  // namespace

Vector to_input(std::span<const double> sample) {
  Vector input(static_cast<Index>(sample.size()));
  std::transform(sample.begin(), sample.end(), input.begin(),
                 [](double value) { return static_cast<float>(std::min(value, largest_input)); });
  return input;
}

InputTransform::InputTransform(std::vector<float> scale, float offset)
    : scale_{std::move(scale)}, offset_{offset} {
  assert(!scale_.empty() && offset_ > 0);
  const auto half = static_cast<Index>(scale_.size());
  divisor_.resize(2 * half);
  weight_.resize(2 * half);
  for (Index k = 0; k < half; ++k) {
    for (const Index i : {half - 1 - k, half + k}) {
      divisor_[i] = scale_[static_cast<std::size_t>(k)];
      weight_[i] = 1.0f / static_cast<float>(1 + k);
    }
  }
}

InputTransform InputTransform::relative_to(const Matrix& samples) {
  assert(samples.rows() % 2 == 0 && samples.size() > 0);
  const Index half = samples.rows() / 2, count = samples.cols();
  std::vector<float> scale;
  std::vector<float> values(static_cast<std::size_t>(2 * count));
  for (Index k = 0; k < half; ++k) {
    Eigen::Map<Vector> both{values.data(), 2 * count};
    both.head(count) = samples.row(half - 1 - k);
    both.tail(count) = samples.row(half + k);
    scale.push_back(std::clamp(typical(values), least_scale, greatest_scale));
  }
  return InputTransform{std::move(scale), default_offset};
}

void InputTransform::apply(Vector& sample) const {
  if (!is_relative()) return;
  assert(sample.size() == divisor_.size());
  sample.array() = (sample.array() / divisor_ + offset_).log() * weight_;
}

void InputTransform::apply(Matrix& samples) const {
  if (!is_relative()) return;
  for (auto column : samples.colwise()) {
    Vector sample = column;
    apply(sample);
    column = sample;
  }
}

}  // namespace obkit::neural

#include "obkit/neural/input_transform.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "kernels/elementwise.hpp"

namespace obkit::neural {
namespace {

constexpr std::array<std::string_view, 5> names{"none", "relative", "log", "zscore", "share"};

/// Sum of a sample and of its mirror image to the same bits.
float symmetric_sum(const Eigen::Ref<Vector>& sample) {
  const Index half = sample.size() / 2;
  float sum = 0;
  for (Index k = 0; k < half; ++k) sum += sample[half - 1 - k] + sample[half + k];
  return sum;
}

}  // namespace

std::string_view to_string(TransformKind kind) { return names.at(static_cast<std::size_t>(kind)); }

std::optional<TransformKind> parse_transform(std::string_view name) {
  const auto* const found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<TransformKind>(found - names.begin());
}

void to_input(std::span<const double> sample, Eigen::Ref<Vector> to) {
  assert(static_cast<Index>(sample.size()) == to.size());
  std::transform(sample.begin(), sample.end(), to.data(),
                 [](double value) { return to_input(value); });
}

Vector to_input(std::span<const double> sample) {
  Vector input(static_cast<Index>(sample.size()));
  to_input(sample, input);
  return input;
}

InputTransform::InputTransform(Constants constants, Index inputs)
    : constants_{std::move(constants)} {
  assert(inputs > 0 && inputs % 2 == 0);
  assert(kind() != TransformKind::relative || !constants_.offset.empty());
  const Index half = inputs / 2;
  const auto by_distance = [&](const std::vector<float>& values, float otherwise) {
    assert(values.empty() || static_cast<Index>(values.size()) == half);
    Eigen::ArrayXf both = Eigen::ArrayXf::Constant(inputs, otherwise);
    for (Index k = 0; !values.empty() && k < half; ++k)
      both[half - 1 - k] = both[half + k] = values[static_cast<std::size_t>(k)];
    return both;
  };
  center_ = by_distance(constants_.center, 0);
  divisor_ = by_distance(constants_.scale, 1);
  offset_ = by_distance(constants_.offset, 1);
  for (Index k = 0; k < half && kind() != TransformKind::none; ++k) {
    const auto evidence =
        constants_.evidence.empty() ? 1.0 : constants_.evidence[static_cast<std::size_t>(k)];
    level_weights_.push_back(static_cast<float>(
        std::pow(static_cast<double>(1 + k), -constants_.level_decay) * evidence));
  }
  weight_ = by_distance(level_weights_, 1);
}

void InputTransform::apply(Eigen::Ref<Matrix> samples) const {
  if (kind() == TransformKind::none) return;
  assert(samples.rows() == weight_.size());
  for (Index i = 0; i < samples.cols(); ++i) apply_to_one(samples.col(i));
}

void InputTransform::apply_to_one(Eigen::Ref<Vector> sample) const {
  const auto x = sample.array();
  switch (kind()) {
    case TransformKind::none:
      break;
    case TransformKind::relative:
    case TransformKind::log:
      kernels::relative_transform(sample.data(), divisor_.data(), offset_.data(), weight_.data(),
                                  sample.data(), static_cast<std::size_t>(sample.size()));
      break;
    case TransformKind::zscore:
      sample.array() = (x - center_) / divisor_ * weight_;
      break;
    case TransformKind::share: {
      const float sum = symmetric_sum(sample);
      if (sum > 0) sample.array() = x / sum * static_cast<float>(sample.size()) * weight_;
      break;
    }
  }
}

}  // namespace obkit::neural

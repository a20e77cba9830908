#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "obkit/neural/input_transform.hpp"

#include "level_evidence.hpp"

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
float typical(std::vector<float> values) {
  if (const float all = median(values); all > 0) return all;
  const auto positive =
      std::partition(values.begin(), values.end(), [](float v) { return v <= 0; });
  if (positive == values.end()) return 1;
  return median({positive, values.end()});
}

struct Moments {
  double mean = 0, deviation = 0;
};

Moments moments(const std::vector<float>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / count)};
}

float limited(double scale) {
  return std::clamp(static_cast<float>(scale), InputTransform::least_scale,
                    InputTransform::greatest_scale);
}

}  // namespace

void TransformFitter::add(const Eigen::Ref<const Vector>& raw, std::uint8_t sample_class,
                          std::uint32_t block) {
  inputs_ = raw.size();
  if (seen_++ % stride_ != 0) return;
  if (classes_.size() == most_samples) {
    // Every second one goes: what is left is as if the stride had been twice as large.
    Eigen::Map<Matrix> samples{values_.data(), inputs_, kept()};
    for (std::size_t i = 1; 2 * i < most_samples; ++i) {
      samples.col(static_cast<Index>(i)) = samples.col(static_cast<Index>(2 * i));
      classes_[i] = classes_[2 * i];
      blocks_[i] = blocks_[2 * i];
    }
    values_.resize(values_.size() / 2);
    classes_.resize(most_samples / 2);
    blocks_.resize(most_samples / 2);
    stride_ *= 2;
  }
  values_.insert(values_.end(), raw.begin(), raw.end());
  classes_.push_back(sample_class);
  blocks_.push_back(block);
}

std::vector<float> TransformFitter::both_sides(Index distance) const {
  const Index count = kept();
  const Eigen::Map<const Matrix> samples{values_.data(), inputs_, count};
  std::vector<float> values(static_cast<std::size_t>(2 * count));
  Eigen::Map<Vector> both{values.data(), 2 * count};
  both.head(count) = samples.row(inputs_ / 2 - 1 - distance);
  both.tail(count) = samples.row(inputs_ / 2 + distance);
  return values;
}

std::vector<float> TransformFitter::fit_evidence(InputTransform::Constants constants) const {
  constants.level_decay = 0;
  Matrix inputs = Eigen::Map<const Matrix>{values_.data(), inputs_, kept()};
  InputTransform{std::move(constants), inputs_}.apply(inputs);
  return level_evidence(inputs, classes_, blocks_);
}

InputTransform TransformFitter::fit(const FitOptions& options) const {
  assert(kept() > 0 && inputs_ % 2 == 0);
  const auto& [kind, level_decay, by_evidence] = options;
  if (kind == TransformKind::none) return {};
  InputTransform::Constants constants{.kind = kind, .level_decay = level_decay};
  const bool is_relative = kind == TransformKind::relative;
  for (Index k = 0; k < inputs_ / 2 && (is_relative || kind == TransformKind::zscore); ++k) {
    const auto values = both_sides(k);
    if (is_relative) {
      const float scale = limited(typical(values));
      constants.scale.push_back(k == 0 ? scale : std::max(scale, constants.scale.front()));
      constants.offset.push_back(k == 0 ? InputTransform::best_offset
                                        : InputTransform::deep_offset);
      continue;
    }
    const auto [mean, deviation] = moments(values);
    constants.center.push_back(static_cast<float>(mean));
    constants.scale.push_back(deviation > 0 ? limited(deviation) : 1.0f);
  }
  if (by_evidence) constants.evidence = fit_evidence(constants);
  return {std::move(constants), inputs_};
}

}  // namespace obkit::neural

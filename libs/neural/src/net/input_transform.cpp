#include "obkit/neural/input_transform.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/elementwise.hpp"

namespace obkit::neural {
namespace {

constexpr std::array<std::string_view, 5> transform_names{"none", "relative", "log", "zscore",
                                                          "share"};

/// Sum of a sample and of its mirror image to the same bits.
float symmetric_sum(const Eigen::Ref<Vector>& sample) {
  const Index half = sample.size() / 2;
  float sum = 0;
  for (Index k = 0; k < half; ++k) sum += sample[half - 1 - k] + sample[half + k];
  return sum;
}

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

using Array = Eigen::ArrayXd;

/// d_k of the samples that rise or fall, in units of its own standard deviation.
Array difference(const Matrix& inputs, const std::vector<Index>& samples, Index k) {
  const Index half = inputs.rows() / 2;
  Array d(static_cast<Index>(samples.size()));
  for (Index i = 0; i < d.size(); ++i) {
    const Index column = samples[static_cast<std::size_t>(i)];
    d[i] = double{inputs(half - 1 - k, column)} - double{inputs(half + k, column)};
  }
  constexpr double least_deviation = 1e-9;
  return d / (std::sqrt((d - d.mean()).square().mean()) + least_deviation);
}

Array rise_probability(const Array& d, double slope) { return 1 / (1 + (-slope * d).exp()); }

/// Logistic regression of y on d, no intercept, with a small ridge, by Newton's steps.
double fit_slope(const Array& d, const Array& y) {
  constexpr double ridge = 1e-4;
  constexpr int steps = 12;
  double slope = 0;
  for (int i = 0; i < steps; ++i) {
    const Array p = rise_probability(d, slope);
    const double gradient = ((y - p) * d).mean() - ridge * slope;
    slope += gradient / ((p * (1 - p) * d.square()).mean() + ridge);
  }
  return slope;
}

/// (Σ s)² / Σ over blocks of (Σ s)².
double score_statistic(const Array& scores, const std::vector<std::uint32_t>& blocks) {
  double all = 0, squares = 0;
  for (Index begin = 0; begin < scores.size();) {
    Index end = begin;
    double sum = 0;
    const auto block_at = [&](Index i) { return blocks[static_cast<std::size_t>(i)]; };
    for (; end < scores.size() && block_at(end) == block_at(begin); ++end) sum += scores[end];
    all += sum;
    squares += sum * sum;
    begin = end;
  }
  constexpr double least = 1e-12;
  return all * all / (squares + least);
}

/// The mean statistic of each band [1], [2, 3], [4, 7], ... makes the evidence of its levels.
std::vector<float> evidence_of(const std::vector<double>& statistics) {
  std::vector<float> evidence(statistics.size(), 1.0f);
  for (std::size_t begin = 1; begin < statistics.size(); begin *= 2) {
    const std::size_t end = std::min(2 * begin, statistics.size());
    double mean = 0;
    for (std::size_t k = begin; k < end; ++k)
      mean += statistics[k] / static_cast<double>(end - begin);
    std::fill(evidence.begin() + static_cast<std::ptrdiff_t>(begin),
              evidence.begin() + static_cast<std::ptrdiff_t>(end),
              static_cast<float>(mean / (mean + 1)));
  }
  return evidence;
}

}  // namespace

std::string_view to_string(TransformKind kind) {
  return transform_names.at(static_cast<std::size_t>(kind));
}

std::optional<TransformKind> parse_transform(std::string_view name) {
  const auto* const found = std::find(transform_names.begin(), transform_names.end(), name);
  if (found == transform_names.end()) return std::nullopt;
  return static_cast<TransformKind>(found - transform_names.begin());
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
  flow_scale_ = Eigen::Map<const Eigen::ArrayXf>{constants_.flow_scale.data(),
                                                 static_cast<Index>(constants_.flow_scale.size())};
}

void InputTransform::apply(Eigen::Ref<Matrix> samples) const {
  if (kind() == TransformKind::none && flow() == 0) return;
  assert(samples.rows() == weight_.size() + flow());
  for (Index i = 0; i < samples.cols(); ++i) {
    auto sample = samples.col(i);
    apply_to_inputs(sample.head(weight_.size()));
    auto behind = sample.tail(flow()).array();
    behind = (behind / flow_scale_).max(-largest_flow).min(largest_flow);
  }
}

void InputTransform::apply_to_inputs(Eigen::Ref<Vector> sample) const {
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

std::vector<float> level_evidence(const Matrix& inputs, std::span<const std::uint8_t> classes,
                                  std::span<const std::uint32_t> blocks) {
  assert(inputs.rows() % 2 == 0 && static_cast<std::size_t>(inputs.cols()) == classes.size());
  std::vector<Index> samples;
  std::vector<std::uint32_t> kept_blocks;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i] > 1) continue;
    samples.push_back(static_cast<Index>(i));
    kept_blocks.push_back(blocks[i]);
  }
  const Index levels = inputs.rows() / 2;
  std::vector<double> statistics(static_cast<std::size_t>(levels));
  if (samples.empty()) return evidence_of(statistics);
  Array y(static_cast<Index>(samples.size()));
  for (Index i = 0; i < y.size(); ++i)
    y[i] = classes[static_cast<std::size_t>(samples[static_cast<std::size_t>(i)])];
  const Array best = difference(inputs, samples, 0);
  const Array p = rise_probability(best, fit_slope(best, y));
  const Array weight = p * (1 - p);
  const double best_square = std::max((weight * best.square()).sum(), 1e-300);
  for (Index k = 1; k < levels; ++k) {
    const Array d = difference(inputs, samples, k);
    const Array rest = d - best * ((weight * best * d).sum() / best_square);
    statistics[static_cast<std::size_t>(k)] = score_statistic((y - p) * rest, kept_blocks);
  }
  return evidence_of(statistics);
}

}  // namespace obkit::neural

#include "level_evidence.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace obkit::neural {
namespace {

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

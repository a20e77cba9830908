#include "obkit/neural/metrics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <vector>

#include "obkit/neural/loss.hpp"

namespace obkit::neural {

double Metrics::standard_error() const {
  return std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(samples));
}

std::optional<double> area_under_curve(std::span<const double> scores,
                                       std::span<const std::uint8_t> classes) {
  assert(scores.size() == classes.size());
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  // Pairs (class 0, class 1) in the right order, doubled so that half a pair is whole.
  std::uint64_t doubled_pairs = 0, ones = 0, zeros = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::uint64_t tied_ones = 0, tied_zeros = 0;
    std::size_t end = begin;
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end)
      ++(classes[order[end]] == 1 ? tied_ones : tied_zeros);
    doubled_pairs += tied_ones * (2 * zeros + tied_zeros);
    ones += tied_ones;
    zeros += tied_zeros;
    begin = end;
  }
  if (ones == 0 || zeros == 0) return std::nullopt;
  return static_cast<double>(doubled_pairs) / 2 / static_cast<double>(ones) /
         static_cast<double>(zeros);
}

Metrics measure_scores(std::span<const double> scores, std::span<const std::uint8_t> classes) {
  assert(!scores.empty() && scores.size() == classes.size());
  std::size_t right = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) right += (scores[i] > 0) == (classes[i] == 1);
  return {.samples = scores.size(),
          .accuracy = static_cast<double>(right) / static_cast<double>(scores.size()),
          .auc = area_under_curve(scores, classes),
          .log_loss = std::nullopt};
}

Metrics measure_forecasts(std::span<const double> scores, std::span<const std::uint8_t> classes) {
  Metrics metrics = measure_scores(scores, classes);
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double probability = (classes[i] == 1 ? 1 + scores[i] : 1 - scores[i]) / 2;
    sum -= std::log(std::max(probability, least_probability));
  }
  metrics.log_loss = sum / static_cast<double>(scores.size());
  return metrics;
}

}  // namespace obkit::neural

#include "obkit/neural/evaluation.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "net/cross_entropy.hpp"

namespace obkit::neural {
namespace {

constexpr std::size_t reliability_bins = 10;

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// 1 where the prediction is right, else 0.
std::vector<double> hits(const Predictions& predictions, const Truth& truth) {
  std::vector<double> right(truth.classes.size());
  for (std::size_t i = 0; i < right.size(); ++i)
    right[i] = predictions.predicted[i] == truth.classes[i] ? 1 : 0;
  return right;
}

/// Matthews' correlation for any number of classes (Gorodkin 2004, "Comparing two K-category
/// assignments by a K-category correlation coefficient").
std::optional<double> correlation(const std::vector<std::vector<std::uint64_t>>& confusion) {
  double all = 0, right = 0, products = 0, true_squares = 0, predicted_squares = 0;
  for (std::size_t k = 0; k < confusion.size(); ++k) {
    double of_class = 0, predicted = 0;
    for (std::size_t other = 0; other < confusion.size(); ++other) {
      of_class += static_cast<double>(confusion[k][other]);
      predicted += static_cast<double>(confusion[other][k]);
    }
    all += of_class;
    right += static_cast<double>(confusion[k][k]);
    products += of_class * predicted;
    true_squares += of_class * of_class;
    predicted_squares += predicted * predicted;
  }
  const double spread = (all * all - true_squares) * (all * all - predicted_squares);
  if (!(spread > 0)) return std::nullopt;
  return (right * all - products) / std::sqrt(spread);
}

double brier_score(const Matrix& probabilities, const Truth& truth) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.classes.size(); ++i) {
    for (Index k = 0; k < probabilities.rows(); ++k) {
      const double is = k == truth.classes[i] ? 1 : 0;
      const double off = double{probabilities(k, static_cast<Index>(i))} - is;
      sum += off * off;
    }
  }
  return sum / static_cast<double>(truth.classes.size());
}

std::vector<ReliabilityBin> reliability_of(const Matrix& probabilities, const Truth& truth) {
  std::vector<ReliabilityBin> bins(reliability_bins);
  for (std::size_t i = 0; i < truth.classes.size(); ++i) {
    const double p = probabilities(1, static_cast<Index>(i));
    const auto tenth = static_cast<std::size_t>(std::clamp(p * reliability_bins, 0.0, 9.0));
    ReliabilityBin& bin = bins[tenth];
    ++bin.samples;
    bin.mean_prediction += p;
    bin.share_of_rises += truth.classes[i] == 1 ? 1 : 0;
  }
  for (ReliabilityBin& bin : bins) {
    if (bin.samples == 0) continue;
    bin.mean_prediction /= static_cast<double>(bin.samples);
    bin.share_of_rises /= static_cast<double>(bin.samples);
  }
  return bins;
}

}  // namespace

std::uint8_t likeliest(const Eigen::Ref<const Vector>& probabilities) {
  Index most = 0;
  for (Index k = 1; k < probabilities.size(); ++k)
    if (probabilities[k] > probabilities[most]) most = k;
  return static_cast<std::uint8_t>(most);
}

Predictions predictions_of(std::vector<double> scores, std::size_t classes) {
  Predictions predictions;
  const std::uint8_t neither = classes > 2 ? 2 : 0;
  for (const double score : scores)
    predictions.predicted.push_back(score == 0 ? neither : static_cast<std::uint8_t>(score > 0));
  predictions.scores = std::move(scores);
  return predictions;
}

Predictions predictions_of(Matrix probabilities) {
  Predictions predictions;
  for (const auto column : probabilities.colwise()) {
    predictions.scores.push_back(double{column[1]} - double{column[0]});
    predictions.predicted.push_back(likeliest(column));
  }
  predictions.probabilities = std::move(probabilities);
  return predictions;
}

std::optional<double> area_under_curve(std::span<const double> scores,
                                       std::span<const std::uint8_t> classes) {
  assert(scores.size() == classes.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] < 2) order.push_back(i);
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

std::size_t count_blocks(std::span<const std::uint32_t> blocks) {
  std::size_t count = blocks.empty() ? 0 : 1;
  for (std::size_t i = 1; i < blocks.size(); ++i) count += blocks[i] != blocks[i - 1];
  return count;
}

std::optional<double> standard_error(std::span<const double> values,
                                     std::span<const std::uint32_t> blocks) {
  assert(!values.empty() && values.size() == blocks.size());
  const double middle = mean(values);
  const auto count = static_cast<double>(count_blocks(blocks));
  if (count < 2) return std::nullopt;
  double squares = 0;
  for (std::size_t begin = 0; begin < values.size();) {
    double sum = 0;
    std::size_t end = begin;
    for (; end < values.size() && blocks[end] == blocks[begin]; ++end) sum += values[end] - middle;
    squares += sum * sum;
    begin = end;
  }
  return std::sqrt(count / (count - 1) * squares) / static_cast<double>(values.size());
}

Evaluation measure(const Predictions& predictions, const Truth& truth, std::size_t classes) {
  const std::vector<double> right = hits(predictions, truth);
  Evaluation evaluation{.samples = right.size(),
                        .blocks = count_blocks(truth.blocks),
                        .accuracy = mean(right),
                        .accuracy_error = standard_error(right, truth.blocks),
                        .auc = area_under_curve(predictions.scores, truth.classes)};
  evaluation.confusion.assign(classes, std::vector<std::uint64_t>(classes));
  for (std::size_t i = 0; i < right.size(); ++i)
    ++evaluation.confusion[truth.classes[i]][predictions.predicted[i]];
  evaluation.mcc = correlation(evaluation.confusion);
  if (!predictions.probabilities) return evaluation;
  evaluation.log_loss = cross_entropy(*predictions.probabilities, truth.classes);
  evaluation.brier = brier_score(*predictions.probabilities, truth);
  evaluation.reliability = reliability_of(*predictions.probabilities, truth);
  return evaluation;
}

std::vector<ClassScore> class_scores(const std::vector<std::vector<std::uint64_t>>& confusion) {
  std::vector<ClassScore> scores(confusion.size());
  for (std::size_t k = 0; k < confusion.size(); ++k) {
    double came = 0, predicted = 0;
    for (std::size_t other = 0; other < confusion.size(); ++other) {
      came += static_cast<double>(confusion[k][other]);
      predicted += static_cast<double>(confusion[other][k]);
    }
    const auto right = static_cast<double>(confusion[k][k]);
    if (came > 0) scores[k].recall = right / came;
    if (came + predicted > 0) scores[k].f1 = 2 * right / (came + predicted);
  }
  return scores;
}

std::optional<double> macro_f1(const std::vector<std::vector<std::uint64_t>>& confusion) {
  double sum = 0, count = 0;
  for (const ClassScore& score : class_scores(confusion)) {
    if (!score.f1) continue;
    sum += *score.f1;
    ++count;
  }
  return count > 0 ? std::optional{sum / count} : std::nullopt;
}

Lead lead(const Predictions& first, const Predictions& second, const Truth& truth) {
  std::vector<double> ahead = hits(first, truth);
  const std::vector<double> other = hits(second, truth);
  for (std::size_t i = 0; i < ahead.size(); ++i) ahead[i] -= other[i];
  return {mean(ahead), standard_error(ahead, truth.blocks)};
}

}  // namespace obkit::neural

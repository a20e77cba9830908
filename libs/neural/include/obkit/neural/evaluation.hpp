#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// What one way to predict says of some samples, each a column or an item. Class 0 is a fall,
/// class 1 a rise, class 2, where there is one, neither.
struct Predictions {
  std::vector<double> scores;           ///< how much likelier a rise is than a fall, of any scale
  std::vector<std::uint8_t> predicted;  ///< the class
  std::optional<Matrix> probabilities = {};  ///< [classes × n]; absent for rules that give none
};

/// The class whose probability is the greatest; of equals the lowest.
[[nodiscard]] std::uint8_t likeliest(const Eigen::Ref<const Vector>& probabilities);

/// Predictions of a rule: above 0 a rise, below a fall, 0 class 2 where there is one, else a fall.
[[nodiscard]] Predictions predictions_of(std::vector<double> scores, std::size_t classes);
/// Of probabilities: the score is P(rise) - P(fall).
[[nodiscard]] Predictions predictions_of(Matrix probabilities);

/// What really happened, in the order of time. Samples of one block (ids that never go down) are
/// nearly the same sample: the mean over a block is what is independent of others.
struct Truth {
  std::vector<std::uint8_t> classes;
  std::vector<std::uint32_t> blocks;  ///< as many
};

/// Samples whose P(rise) lies in one tenth of [0, 1].
struct ReliabilityBin {
  std::uint64_t samples = 0;
  double mean_prediction = 0;  ///< mean P(rise); 0 without samples
  double share_of_rises = 0;

  bool operator==(const ReliabilityBin&) const = default;
};

struct Evaluation {
  std::size_t samples = 0;
  std::size_t blocks = 0;                     ///< of independent samples
  double accuracy = 0;                        ///< share of samples whose class is the one predicted
  std::optional<double> accuracy_error = {};  ///< standard_error() of it
  std::optional<double> auc = {};  ///< of rises against falls; empty when one of them is missing
  std::optional<double> mcc = {};  ///< of all classes; empty when samples or predictions are of one
  std::optional<double> log_loss = {};  ///< nats; empty, as what follows, without probabilities
  std::optional<double> brier = {};     ///< mean of Σ (p - truth)² over the classes, 0 to 2
  std::vector<std::vector<std::uint64_t>> confusion = {};  ///< [class][class predicted]
  std::vector<ReliabilityBin> reliability = {};            ///< ten, or none

  bool operator==(const Evaluation&) const = default;
};

/// Area under the ROC curve by ranks, ties counting half (Mann and Whitney's U), exact for up to
/// 2^52 pairs. Samples of neither class 0 nor 1 do not count. Empty unless both classes occur.
[[nodiscard]] std::optional<double> area_under_curve(std::span<const double> scores,
                                                     std::span<const std::uint8_t> classes);

/// How many there are. Ids never go down.
[[nodiscard]] std::size_t count_blocks(std::span<const std::uint32_t> blocks);

/// One standard error of the mean of `values` whose blocks are independent of each other, with
/// blocks of any size: sqrt(B / (B - 1) · Σ_blocks (Σ (value - mean))²) / n. One block does not
/// tell: empty.
/// Source: Cameron and Miller, "A Practitioner's Guide to Cluster-Robust Inference" (2015), eq. 6.
[[nodiscard]] std::optional<double> standard_error(std::span<const double> values,
                                                   std::span<const std::uint32_t> blocks);

/// Pre: as many of each, at least one; classes below `classes`, which is 2 or 3.
[[nodiscard]] Evaluation measure(const Predictions& predictions, const Truth& truth,
                                 std::size_t classes);

/// How well one class is told from the others; empty where nothing tells.
struct ClassScore {
  std::optional<double> recall;  ///< share of its samples that were predicted as it
  std::optional<double> f1;      ///< 2 hits / (its samples + predictions of it)
};
/// Of each class. `confusion` is that of an Evaluation.
[[nodiscard]] std::vector<ClassScore> class_scores(
    const std::vector<std::vector<std::uint64_t>>& confusion);
/// Mean F1 of the classes that came or were predicted; empty without samples.
[[nodiscard]] std::optional<double> macro_f1(
    const std::vector<std::vector<std::uint64_t>>& confusion);

/// How much more often the first is right than the second, on the same samples.
struct Lead {
  double share = 0;                      ///< of the samples
  std::optional<double> standard_error;  ///< of that difference, by blocks
};
[[nodiscard]] Lead lead(const Predictions& first, const Predictions& second, const Truth& truth);

}  // namespace obkit::neural

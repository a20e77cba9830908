#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace obkit::neural {

/// How well scores foretell the classes 0 and 1.
struct Metrics {
  std::size_t samples = 0;
  double accuracy = 0;             ///< share of samples whose class is the one foretold
  std::optional<double> auc;       ///< empty when all samples are of one class
  std::optional<double> log_loss;  ///< nats; empty for scores that are no probabilities

  /// One standard error of the accuracy: sqrt(p·(1 - p) / n).
  [[nodiscard]] double standard_error() const;

  bool operator==(const Metrics&) const = default;
};

/// Area under the ROC curve by ranks, ties counting half (Mann and Whitney's U), exact for up to
/// 2^52 pairs. Empty unless both classes occur.
[[nodiscard]] std::optional<double> area_under_curve(std::span<const double> scores,
                                                     std::span<const std::uint8_t> classes);

/// Scores of any scale: above 0 foretells class 1, else class 0. Pre: not empty.
[[nodiscard]] Metrics measure_scores(std::span<const double> scores,
                                     std::span<const std::uint8_t> classes);

/// Scores P(class 1) - P(class 0) of probabilities that add up to 1: with the log loss.
[[nodiscard]] Metrics measure_forecasts(std::span<const double> scores,
                                        std::span<const std::uint8_t> classes);

}  // namespace obkit::neural

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "obkit/neural/matrix.hpp"
#include "obkit/neural/network.hpp"
#include "obkit/neural/optimizer.hpp"

namespace obkit::neural {

/// Inputs with the class of each.
struct Samples {
  Matrix inputs;                      ///< [inputs × n]
  std::vector<std::uint8_t> classes;  ///< [n]

  [[nodiscard]] std::size_t size() const { return classes.size(); }
};

/// Whether a sample also counts with its inputs reversed and classes 0 and 1 swapped.
enum class Mirror : std::uint8_t { off, on };

struct TrainingOptions {
  int epochs = 60;         ///< at most
  std::size_t batch = 64;  ///< samples a step
  /// Stop after so many epochs without a validation loss better by `min_delta`, and go back to the
  /// weights of the best; 0, or no validation samples: run all epochs and keep the last weights.
  int patience = 8;
  double min_delta = 1e-4;
  Mirror mirror = Mirror::on;
};

struct Epoch {
  std::size_t part = 0;                   ///< index of what fit() learns in turn
  int number = 0;                         ///< from 1
  double training_loss = 0;               ///< mean over the epoch's steps, nats
  std::optional<double> validation_loss;  ///< after the epoch, nats
};

enum class Stop : std::uint8_t {
  all_epochs,      ///< ran as many as allowed
  no_improvement,  ///< patience was exhausted
  diverged,        ///< a loss or a weight is not finite: the network is of no use
};
[[nodiscard]] std::string_view to_string(Stop stop);

struct TrainingResult {
  int epochs = 0;      ///< that were run
  int best_epoch = 0;  ///< whose weights were kept
  Stop stop = Stop::all_epochs;
};

/// Probabilities [classes × n]; with a mirror, the mean of both views.
[[nodiscard]] Matrix forecast(const Network& network, const Matrix& inputs, Mirror mirror);

/// Mean cross-entropy of the forecasts. Pre: samples are not empty.
[[nodiscard]] double forecast_loss(const Network& network, const Samples& samples, Mirror mirror);

/// Mini-batches in an order shuffled anew each epoch; the mirrored samples are shuffled in.
/// `validation` may be empty. `observer` is called after each epoch.
/// The same network, samples, options and `random` state give the same bits.
/// Pre: training is not empty; inputs are transformed and fit the network.
TrainingResult train(Network& network, Optimizer& optimizer, const Samples& training,
                     const Samples& validation, const TrainingOptions& options,
                     std::mt19937& random, const std::function<void(const Epoch&)>& observer);

}  // namespace obkit::neural

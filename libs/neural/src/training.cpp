#include "obkit/neural/training.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "obkit/neural/loss.hpp"
#include "obkit/neural/random.hpp"

namespace obkit::neural {
namespace {

std::uint8_t mirrored(std::uint8_t sample_class) {
  return sample_class < 2 ? static_cast<std::uint8_t>(1 - sample_class) : sample_class;
}

/// Indices of samples; n + i stands for the mirrored sample i.
std::vector<std::size_t> all_views(const Samples& samples, Mirror mirror) {
  std::vector<std::size_t> views(samples.size() * (mirror == Mirror::on ? 2 : 1));
  std::iota(views.begin(), views.end(), std::size_t{0});
  return views;
}

/// The samples that `views` names, copied side by side.
void gather(const Samples& samples, std::span<const std::size_t> views, Samples& batch) {
  batch.inputs.resize(samples.inputs.rows(), static_cast<Index>(views.size()));
  batch.classes.resize(views.size());
  for (std::size_t i = 0; i < views.size(); ++i) {
    const bool is_mirrored = views[i] >= samples.size();
    const std::size_t sample = is_mirrored ? views[i] - samples.size() : views[i];
    const auto from = samples.inputs.col(static_cast<Index>(sample));
    auto to = batch.inputs.col(static_cast<Index>(i));
    if (is_mirrored)
      to = from.reverse();
    else
      to = from;
    batch.classes[i] = is_mirrored ? mirrored(samples.classes[sample]) : samples.classes[sample];
  }
}

/// One epoch over shuffled mini-batches. Returns the mean loss.
double run_epoch(Network& network, Optimizer& optimizer, const Samples& samples,
                 std::span<const std::size_t> views, std::size_t batch_size) {
  const ParameterBlocks parameters = network.parameters();
  BatchPass pass;
  Samples batch;
  double sum = 0;
  for (std::size_t begin = 0; begin < views.size(); begin += batch_size) {
    const std::size_t count = std::min(batch_size, views.size() - begin);
    gather(samples, views.subspan(begin, count), batch);
    sum += network.backward(batch.inputs, batch.classes, {}, pass) * static_cast<double>(count);
    optimizer.step(parameters, pass.blocks());
  }
  return sum / static_cast<double>(views.size());
}

/// Remembers the best network and when patience ends.
class EarlyStopping {
 public:
  EarlyStopping(const TrainingOptions& options, bool has_validation, const Network& network)
      : patience_{has_validation ? options.patience : 0},
        min_delta_{options.min_delta},
        best_{network} {}

  /// Whether to stop.
  bool update(int epoch, double loss, const Network& network) {
    if (patience_ == 0) return false;
    if (loss < best_loss_ - min_delta_) {
      best_loss_ = loss;
      best_epoch_ = epoch;
      best_ = network;
    }
    return epoch - best_epoch_ >= patience_;
  }
  /// Puts the best weights back; returns whose they are.
  int restore(int last_epoch, Network& network) {
    if (best_epoch_ == 0) return last_epoch;
    network = std::move(best_);
    return best_epoch_;
  }

 private:
  int patience_;
  double min_delta_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  int best_epoch_ = 0;  ///< 0 before the first
  Network best_;
};

bool is_finite(const Epoch& epoch, const Network& network) {
  const auto finite = [](const Dense& layer) {
    return layer.weights().allFinite() && layer.biases().allFinite();
  };
  return std::isfinite(epoch.training_loss) && std::isfinite(epoch.validation_loss.value_or(0)) &&
         std::all_of(network.layers().begin(), network.layers().end(), finite);
}

}  // namespace

std::string_view to_string(Stop stop) {
  switch (stop) {
    case Stop::all_epochs:
      return "all epochs run";
    case Stop::no_improvement:
      return "no better validation loss";
    case Stop::diverged:
      break;
  }
  return "loss not finite";
}

Matrix forecast(const Network& network, const Matrix& inputs, Mirror mirror) {
  Matrix probabilities = network.forward(inputs);
  if (mirror == Mirror::off) return probabilities;
  Matrix other = network.forward(Matrix{inputs.colwise().reverse()});
  other.row(0).swap(other.row(1));
  return (probabilities + other) / 2.0f;
}

double forecast_loss(const Network& network, const Samples& samples, Mirror mirror) {
  constexpr std::size_t block = 1024;  // bounds the memory
  double sum = 0;
  for (std::size_t begin = 0; begin < samples.size(); begin += block) {
    const std::size_t count = std::min(block, samples.size() - begin);
    const Matrix inputs =
        samples.inputs.middleCols(static_cast<Index>(begin), static_cast<Index>(count));
    const std::span classes = std::span{samples.classes}.subspan(begin, count);
    sum += cross_entropy(forecast(network, inputs, mirror), classes) * static_cast<double>(count);
  }
  return sum / static_cast<double>(samples.size());
}

TrainingResult train(Network& network, Optimizer& optimizer, const Samples& training,
                     const Samples& validation, const TrainingOptions& options,
                     std::mt19937& random, const std::function<void(const Epoch&)>& observer) {
  assert(training.size() > 0 && training.inputs.rows() == network.inputs());
  const bool has_validation = validation.size() > 0;
  EarlyStopping stopping{options, has_validation, network};
  auto views = all_views(training, options.mirror);
  TrainingResult result;
  for (int number = 1; number <= options.epochs; ++number) {
    Epoch epoch;
    epoch.number = number;
    shuffle(views, random);
    epoch.training_loss = run_epoch(network, optimizer, training, views, options.batch);
    if (has_validation) epoch.validation_loss = forecast_loss(network, validation, options.mirror);
    result.epochs = epoch.number;
    observer(epoch);
    if (!is_finite(epoch, network)) {
      result.stop = Stop::diverged;
      return result;
    }
    if (stopping.update(epoch.number, epoch.validation_loss.value_or(0), network)) {
      result.stop = Stop::no_improvement;
      break;
    }
  }
  result.best_epoch = stopping.restore(result.epochs, network);
  return result;
}

}  // namespace obkit::neural

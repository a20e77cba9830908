#include "obkit/neural/training.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>

#include "obkit/neural/loss.hpp"

#include "forecast.hpp"

namespace obkit::neural {
namespace {

/// One epoch over shuffled mini-batches. Returns the mean loss.
double run_epoch(Network& network, Optimizer& optimizer, ShuffledBatches& batches, float l2) {
  const ParameterBlocks parameters = network.parameters();
  BatchPass pass;
  Batch batch;
  double sum = 0, weights = 0;
  while (batches.next(batch)) {
    const double weight = total_weight(batch.weights, batch.size());
    sum += network.backward(batch.inputs, batch.classes, batch.weights, pass) * weight;
    weights += weight;
    if (l2 > 0) network.add_l2(l2, pass);
    optimizer.step(parameters, pass.blocks());
  }
  return sum / weights;
}

bool is_finite(const Epoch& epoch, const Network& network) {
  const auto finite = [](const Dense& layer) {
    return layer.weights().allFinite() && layer.biases().allFinite();
  };
  return std::isfinite(epoch.training_loss) && std::isfinite(epoch.validation_loss.value_or(0)) &&
         std::all_of(network.layers().begin(), network.layers().end(), finite);
}

void note_best(TrainingState& state, double loss, double min_delta) {
  if (!(loss < state.best_loss - min_delta)) return;
  state.best_loss = loss;
  state.best_epoch = state.epochs;
  state.best = state.network;
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
  Matrix probabilities = Matrix::Zero(network.classes(), inputs.cols());
  add_forecast(network, inputs, mirror, probabilities);
  return probabilities;
}

double forecast_loss(const Network& network, const SampleView& view,
                     const InputTransform& transform, Mirror mirror) {
  constexpr std::size_t block = 1024;  // bounds the memory
  Batch batch;
  double sum = 0, weights = 0;
  for (std::size_t begin = 0; begin < view.size(); begin += block) {
    gather(view, begin, std::min(block, view.size() - begin), transform, batch);
    const double weight = total_weight(batch.weights, batch.size());
    const Matrix probabilities = forecast(network, batch.inputs, mirror);
    sum += cross_entropy(probabilities, batch.classes, batch.weights) * weight;
    weights += weight;
  }
  return sum / weights;
}

TrainingResult train(TrainingState& state, Optimizer& optimizer, const TrainingData& data,
                     const TrainingOptions& options, std::uint64_t seed,
                     const std::function<void(const Epoch&, const TrainingState&)>& observer) {
  assert(!data.training.empty() && data.training.store->inputs() == state.network.inputs());
  const bool has_validation = !data.validation.empty();
  const bool stops_early = has_validation && options.patience > 0;
  ShuffledBatches batches{
      data.training,
      data.transform,
      {.batch = options.batch, .mirror = options.mirror, .seed = seed, .window = options.window}};
  optimizer.restore(state.optimizer);
  const auto is_patient = [&] {
    return !stops_early || state.epochs - state.best_epoch < options.patience;
  };
  while (state.epochs < options.epochs && is_patient()) {
    batches.begin(static_cast<std::uint64_t>(++state.epochs));
    Epoch epoch{.part = state.part, .number = state.epochs, .validation_loss = std::nullopt};
    epoch.training_loss = run_epoch(state.network, optimizer, batches, options.l2);
    if (has_validation)
      epoch.validation_loss =
          forecast_loss(state.network, data.validation, data.transform, options.mirror);
    if (stops_early) note_best(state, *epoch.validation_loss, options.min_delta);
    state.optimizer = optimizer.state();
    observer(epoch, state);
    if (!is_finite(epoch, state.network)) return {state.epochs, 0, Stop::diverged};
  }
  const bool has_best = stops_early && state.best_epoch > 0;
  if (has_best) state.network = state.best;
  return {.epochs = state.epochs,
          .best_epoch = has_best ? state.best_epoch : state.epochs,
          .stop = is_patient() ? Stop::all_epochs : Stop::no_improvement};
}

}  // namespace obkit::neural

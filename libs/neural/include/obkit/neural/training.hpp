#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "obkit/neural/network.hpp"
#include "obkit/neural/optimizer.hpp"
#include "obkit/neural/samples.hpp"
#include "obkit/neural/team.hpp"

namespace obkit::neural {

struct TrainingOptions {
  int epochs = 60;         ///< at most
  std::size_t batch = 64;  ///< samples a step
  /// Stop after so many epochs without a validation loss better by `min_delta`, and go back to the
  /// weights of the best; 0, or no validation samples: run all epochs and keep the last weights.
  int patience = 4;
  double min_delta = 1e-4;
  float l2 = 0;  ///< Network::add_l2()
  Mirror mirror = Mirror::on;
  std::optional<std::size_t> window = std::nullopt;  ///< as BatchOptions has it
};

/// What a network is made of. What it refers to must outlive it.
struct TrainingData {
  SampleView training, validation;  ///< validation may be empty
  const InputTransform& transform;
  const Team& team = alone();  ///< whose ranks all learn it; each takes a share of every batch
};

struct Epoch {
  std::size_t part = 0;                   ///< index of what is learnt in turn
  int number = 0;                         ///< from 1
  double training_loss = 0;               ///< mean over the epoch's steps, nats, without penalties
  std::optional<double> validation_loss;  ///< after the epoch, nats
};

enum class Stop : std::uint8_t {
  all_epochs,      ///< ran as many as allowed
  no_improvement,  ///< patience was exhausted
  diverged,        ///< a loss or a weight is not finite: the network is of no use
};
[[nodiscard]] std::string_view to_string(Stop stop);

/// Where training stands after an epoch, and all that is needed to go on from there.
struct TrainingState {
  explicit TrainingState(Network first) : network{std::move(first)}, best{network} {}

  Network network, best;
  OptimizerState optimizer;
  std::size_t part = 0;
  int epochs = 0;      ///< run, of this part
  int best_epoch = 0;  ///< whose weights are in `best`; 0 while none was tried
  double best_loss = std::numeric_limits<double>::infinity();
};

struct TrainingResult {
  int epochs = 0;      ///< that were run
  int best_epoch = 0;  ///< whose weights were kept
  Stop stop = Stop::all_epochs;
};

/// Goes on from `state` until the epochs or the patience end; the kept weights are in
/// `state.network` then. `observer` is called after each epoch, when `state` stands for it. The
/// same arguments give the same bits, in one go or in several, on each rank of any team.
/// Pre: samples are not empty and fit the network; the optimizer's options are as before.
TrainingResult train(TrainingState& state, Optimizer& optimizer, const TrainingData& data,
                     const TrainingOptions& options, std::uint64_t seed,
                     const std::function<void(const Epoch&, const TrainingState&)>& observer);

enum class OptimizerKind : std::uint8_t { adam, rmsprop, sgd };

/// "adam" (which is AdamW), "rmsprop", "sgd".
[[nodiscard]] std::string_view to_string(OptimizerKind kind);
[[nodiscard]] std::optional<OptimizerKind> parse_optimizer(std::string_view name);

/// How a network is made of samples. The defaults are what has proved itself.
struct Recipe {
  std::vector<Index> units{100, 50, 2};  ///< of each layer; the last are the classes
  Activation hidden = Activation::sigmoid;
  Initializer initializer = Initializer::glorot;
  OptimizerKind optimizer = OptimizerKind::adam;
  float learning_rate = 1e-3f;
  float momentum = 0;      ///< of sgd
  float weight_decay = 2;  ///< of adam
  TrainingOptions training;
  std::uint32_t seed = 1;
};

[[nodiscard]] std::unique_ptr<Optimizer> make_optimizer(const Recipe& recipe);

/// Where training begins. Members of an ensemble are counted from 0; each has weights and an order
/// of samples of its own.
[[nodiscard]] TrainingState begin_training(const Recipe& recipe, Index inputs, std::size_t member);

/// The part of an index, from 0; null behind the last. What it returned need not outlive the next
/// call: parts may be read while the one before is learnt.
using PartSource = std::function<const TrainingData*(std::size_t part)>;

/// Learns each part in turn, all its epochs before the next; goes on from where `state` stands.
/// Ends early where training diverges. As train() otherwise. Pre: there is a part.
[[nodiscard]] TrainingResult train_parts(
    const Recipe& recipe, const PartSource& parts, std::size_t member, TrainingState& state,
    const std::function<void(const Epoch&, const TrainingState&)>& observer);
[[nodiscard]] TrainingResult train_parts(
    const Recipe& recipe, std::span<const TrainingData> parts, std::size_t member,
    TrainingState& state, const std::function<void(const Epoch&, const TrainingState&)>& observer);

}  // namespace obkit::neural

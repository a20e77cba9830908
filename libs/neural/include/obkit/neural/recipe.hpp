#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "obkit/neural/training.hpp"

namespace obkit::neural {

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
[[nodiscard]] TrainingResult fit(
    const Recipe& recipe, const PartSource& parts, std::size_t member, TrainingState& state,
    const std::function<void(const Epoch&, const TrainingState&)>& observer);
[[nodiscard]] TrainingResult fit(
    const Recipe& recipe, std::span<const TrainingData> parts, std::size_t member,
    TrainingState& state, const std::function<void(const Epoch&, const TrainingState&)>& observer);

}  // namespace obkit::neural

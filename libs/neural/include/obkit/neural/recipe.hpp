#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "obkit/neural/training.hpp"

namespace obkit::neural {

enum class OptimizerKind : std::uint8_t { adam, rmsprop };

/// "adam" (which is AdamW), "rmsprop".
[[nodiscard]] std::string_view to_string(OptimizerKind kind);
[[nodiscard]] std::optional<OptimizerKind> parse_optimizer(std::string_view name);

/// How a network is made of samples. The defaults are what has proved itself.
struct Recipe {
  std::vector<Index> units{100, 50, 2};  ///< of each layer; the last are the classes
  Activation hidden = Activation::sigmoid;
  OptimizerKind optimizer = OptimizerKind::adam;
  float learning_rate = 1e-3f;
  TrainingOptions training;
  std::uint32_t seed = 1;
};

struct Fitted {
  Network network;
  TrainingResult result;
};

/// Makes a network and trains it on each part in turn, all its epochs on one before the next.
/// `validation` may be empty. Ends early where training diverges. The same arguments give the same
/// bits. Pre: parts are not empty, all transformed, with as many inputs each.
[[nodiscard]] Fitted fit(const Recipe& recipe, std::span<const Samples> parts,
                         const Samples& validation,
                         const std::function<void(const Epoch&)>& observer);

}  // namespace obkit::neural

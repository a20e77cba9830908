#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "obkit/neural/network.hpp"

namespace obkit::neural {

/// All that an optimiser remembers from step to step: what a checkpoint must hold.
struct OptimizerState {
  std::uint64_t steps = 0;    ///< taken so far
  std::vector<Vector> slots;  ///< running means, shaped like the parameters; none before a step
};

/// Changes parameters along their gradient. Keeps state, so one optimiser serves one network.
class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  /// Pre: the same shapes at each call.
  virtual void step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) = 0;

  [[nodiscard]] const OptimizerState& state() const { return state_; }
  /// Goes on as the optimiser, of the same kind and options, whose state() it was.
  /// Pre: none before its first step, or of the same shapes.
  void restore(OptimizerState state) { state_ = std::move(state); }

 protected:
  /// Counts the step; zeros in `per_block` slots for each block at the first.
  void begin_step(const ParameterBlocks& parameters, std::size_t per_block);

  OptimizerState state_;
};

/// As in PyTorch, without dampening: v = momentum·v + g, w -= rate·v.
class Sgd final : public Optimizer {
 public:
  struct Options {
    float learning_rate = 1e-2f;
    float momentum = 0.0f;
  };
  explicit Sgd(Options options) : options_{options} {}

  void step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) override;

 private:
  Options options_;
};

/// As in Keras 2.2.4: a = rho·a + (1 - rho)·g², w -= rate·g / (sqrt(a) + epsilon).
class RmsProp final : public Optimizer {
 public:
  struct Options {
    float learning_rate = 1e-3f;
    float rho = 0.9f;
    float epsilon = 1e-7f;
  };
  explicit RmsProp(Options options) : options_{options} {}

  void step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) override;

 private:
  Options options_;
};

/// Adam with decoupled weight decay, as in PyTorch: the decay multiplies the learning rate and
/// covers weights and biases. Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
class AdamW final : public Optimizer {
 public:
  struct Options {
    float learning_rate = 1e-3f;
    float weight_decay = 1e-3f;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float epsilon = 1e-8f;
  };
  explicit AdamW(Options options) : options_{options} {}

  void step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) override;

 private:
  Options options_;
};

}  // namespace obkit::neural

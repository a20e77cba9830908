#pragma once

#include <cstdint>
#include <memory>

#include "obkit/neural/network.hpp"

namespace obkit::neural {

/// Changes parameters along their gradient. Keeps state, so one optimiser serves one network.
class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  /// Pre: the same shapes at each call.
  virtual void step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) = 0;
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
  std::vector<Vector> squares_;
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
  std::uint64_t steps_ = 0;
  std::vector<Vector> means_, squares_;
};

}  // namespace obkit::neural

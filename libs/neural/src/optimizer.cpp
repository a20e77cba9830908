#include "obkit/neural/optimizer.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>

namespace obkit::neural {
namespace {

using Block = Eigen::Map<Eigen::ArrayXf>;

Block block(std::span<float> values) { return {values.data(), static_cast<Index>(values.size())}; }

}  // namespace

void Optimizer::begin_step(const ParameterBlocks& parameters, std::size_t per_block) {
  ++state_.steps;
  if (state_.slots.empty())
    for (const auto& values : parameters)
      for (std::size_t i = 0; i < per_block; ++i)
        state_.slots.emplace_back(Vector::Zero(static_cast<Index>(values.size())));
  assert(state_.slots.size() == per_block * parameters.size());
}

void Sgd::step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) {
  assert(parameters.size() == gradient.size());
  begin_step(parameters, 1);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto velocity = state_.slots[i].array();
    velocity = options_.momentum * velocity + block(gradient[i]);
    block(parameters[i]) -= options_.learning_rate * velocity;
  }
}

void RmsProp::step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) {
  assert(parameters.size() == gradient.size());
  begin_step(parameters, 1);
  const auto& [rate, rho, epsilon] = options_;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto w = block(parameters[i]);
    const auto g = block(gradient[i]);
    auto square = state_.slots[i].array();
    square = rho * square + (1.0f - rho) * g.square();
    w -= rate * g / (square.sqrt() + epsilon);
  }
}

void AdamW::step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) {
  assert(parameters.size() == gradient.size());
  begin_step(parameters, 2);
  const auto& [rate, decay, beta1, beta2, epsilon] = options_;
  const auto steps = static_cast<double>(state_.steps);
  const auto mean_scale = static_cast<float>(1.0 - std::pow(double{beta1}, steps));
  const auto square_scale = static_cast<float>(std::sqrt(1.0 - std::pow(double{beta2}, steps)));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto w = block(parameters[i]);
    const auto g = block(gradient[i]);
    auto mean = state_.slots[2 * i].array();
    auto square = state_.slots[2 * i + 1].array();
    mean = beta1 * mean + (1.0f - beta1) * g;
    square = beta2 * square + (1.0f - beta2) * g.square();
    w *= 1.0f - rate * decay;
    w -= (rate / mean_scale) * mean / (square.sqrt() / square_scale + epsilon);
  }
}

}  // namespace obkit::neural

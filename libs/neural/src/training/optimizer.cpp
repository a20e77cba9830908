#include "obkit/neural/optimizer.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>

#include "kernels/elementwise.hpp"

namespace obkit::neural {
void Optimizer::begin_step(const ParameterBlocks& parameters, std::size_t per_block) {
  ++state_.steps;
  if (state_.slots.empty()) {
    for (const auto& values : parameters)
      for (std::size_t i = 0; i < per_block; ++i)
        state_.slots.emplace_back(Vector::Zero(static_cast<Index>(values.size())));
  }
  assert(state_.slots.size() == per_block * parameters.size());
}

void Sgd::step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) {
  assert(parameters.size() == gradient.size());
  begin_step(parameters, 1);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    kernels::sgd(options_.learning_rate, options_.momentum, parameters[i].data(),
                 gradient[i].data(), state_.slots[i].data(), parameters[i].size());
}

void RmsProp::step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) {
  assert(parameters.size() == gradient.size());
  begin_step(parameters, 1);
  const kernels::RmsPropConstants constants{options_.learning_rate, options_.rho, options_.epsilon};
  for (std::size_t i = 0; i < parameters.size(); ++i)
    kernels::rmsprop(constants, parameters[i].data(), gradient[i].data(), state_.slots[i].data(),
                     parameters[i].size());
}

void AdamW::step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) {
  assert(parameters.size() == gradient.size());
  begin_step(parameters, 2);
  const auto& [rate, decay, beta1, beta2, epsilon] = options_;
  const auto steps = static_cast<double>(state_.steps);
  const double mean_scale = 1.0 - std::pow(double{beta1}, steps);
  const double square_scale = std::sqrt(1.0 - std::pow(double{beta2}, steps));
  const kernels::AdamWConstants constants{.keep = 1.0f - rate * decay,
                                          .rate = static_cast<float>(double{rate} / mean_scale),
                                          .square_scale = static_cast<float>(1.0 / square_scale),
                                          .beta1 = beta1,
                                          .beta2 = beta2,
                                          .epsilon = epsilon};
  for (std::size_t i = 0; i < parameters.size(); ++i)
    kernels::adamw(constants, parameters[i].data(), gradient[i].data(), state_.slots[2 * i].data(),
                   state_.slots[2 * i + 1].data(), parameters[i].size());
}

}  // namespace obkit::neural

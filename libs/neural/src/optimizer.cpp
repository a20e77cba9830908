#include "obkit/neural/optimizer.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>

namespace obkit::neural {
namespace {

using Block = Eigen::Map<Eigen::ArrayXf>;

Block block(std::span<float> values) { return {values.data(), static_cast<Index>(values.size())}; }

/// Zeros shaped like the parameters, made at the first step.
void make_state(std::vector<Vector>& state, const ParameterBlocks& parameters) {
  if (!state.empty()) return;
  for (const auto& values : parameters)
    state.emplace_back(Vector::Zero(static_cast<Index>(values.size())));
}

}  // namespace

void RmsProp::step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) {
  assert(parameters.size() == gradient.size());
  make_state(squares_, parameters);
  const auto& [rate, rho, epsilon] = options_;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto w = block(parameters[i]);
    const auto g = block(gradient[i]);
    auto square = squares_[i].array();
    square = rho * square + (1.0f - rho) * g.square();
    w -= rate * g / (square.sqrt() + epsilon);
  }
}

void AdamW::step(const ParameterBlocks& parameters, const ParameterBlocks& gradient) {
  assert(parameters.size() == gradient.size());
  make_state(means_, parameters);
  make_state(squares_, parameters);
  ++steps_;
  const auto& [rate, decay, beta1, beta2, epsilon] = options_;
  const auto steps = static_cast<double>(steps_);
  const auto mean_scale = static_cast<float>(1.0 - std::pow(double{beta1}, steps));
  const auto square_scale = static_cast<float>(std::sqrt(1.0 - std::pow(double{beta2}, steps)));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto w = block(parameters[i]);
    const auto g = block(gradient[i]);
    auto mean = means_[i].array();
    auto square = squares_[i].array();
    mean = beta1 * mean + (1.0f - beta1) * g;
    square = beta2 * square + (1.0f - beta2) * g.square();
    w *= 1.0f - rate * decay;
    w -= (rate / mean_scale) * mean / (square.sqrt() / square_scale + epsilon);
  }
}

}  // namespace obkit::neural

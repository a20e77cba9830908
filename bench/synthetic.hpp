#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "obkit/neural/network.hpp"

namespace obkit::bench {

/// The i-th of a fixed series of numbers in [-1, 1), which train_speed makes too.
/// Source: splitmix64 (Steele, Lea and Flood 2014) of i + 1.
inline float noise(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  z ^= z >> 31;
  return static_cast<float>(z >> 40) / 8388608.0f - 1.0f;  // 24 bits are what a float holds
}

struct SyntheticSamples {
  neural::Matrix inputs;
  std::vector<std::uint8_t> classes;
};

/// A class is whether the first value is greater than the last.
inline SyntheticSamples make_samples(neural::Index inputs, std::size_t count) {
  SyntheticSamples samples{neural::Matrix(inputs, static_cast<neural::Index>(count)), {}};
  std::uint64_t i = 0;
  for (float& value : samples.inputs.reshaped()) value = noise(i++);
  for (const auto column : samples.inputs.colwise())
    samples.classes.push_back(column[0] > column[inputs - 1] ? 1 : 0);
  return samples;
}

/// Weights are 0.15 times the series, whose layers follow each other; biases are zero.
inline neural::Network make_network(neural::Index inputs, const std::vector<neural::Index>& units) {
  std::vector<neural::Dense> layers;
  std::uint64_t i = 1'000'000'000;
  for (const neural::Index width : units) {
    neural::Matrix weights(width, inputs);
    for (float& value : weights.reshaped()) value = 0.15f * noise(i++);
    const bool last = layers.size() + 1 == units.size();
    layers.emplace_back(weights, neural::Vector::Zero(width),
                        last ? neural::Activation::softmax : neural::Activation::sigmoid);
    inputs = width;
  }
  return neural::Network{std::move(layers)};
}

}  // namespace obkit::bench

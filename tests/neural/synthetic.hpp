#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "obkit/neural/network.hpp"

// Samples and networks that synthetic.py makes too, bit by bit: so that what is learnt here can be
// compared with what PyTorch learns.
namespace obkit::neural {

/// The i-th of a fixed series of numbers in [-1, 1).
/// Source: splitmix64 (Steele, Lea and Flood 2014) of i + 1.
inline float noise(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  z ^= z >> 31;
  return static_cast<float>(z >> 40) / 8388608.0f - 1.0f;  // 24 bits are what a float holds
}

struct SyntheticSamples {
  Matrix inputs;
  std::vector<std::uint8_t> classes;
  std::vector<float> weights;
};

/// A class is whether the first value is above the last; of three, the third is that they are near.
inline std::uint8_t synthetic_class(float first, float last, Index classes) {
  if (classes == 3 && std::abs(first - last) < 0.5f) return 2;
  return first > last ? 1 : 0;
}

inline SyntheticSamples synthetic_samples(Index inputs, Index classes, std::size_t count) {
  SyntheticSamples samples{Matrix(inputs, static_cast<Index>(count)), {}, {}};
  std::uint64_t i = 0;
  for (float& value : samples.inputs.reshaped()) value = noise(i++);
  for (const auto column : samples.inputs.colwise()) {
    samples.classes.push_back(synthetic_class(column[0], column[inputs - 1], classes));
    samples.weights.push_back(1.5f + noise(2'000'000'000 + samples.weights.size()));
  }
  return samples;
}

/// Weights are 0.15 times the series, one layer after the other; biases are zero; softmax is last.
inline Network synthetic_network(Index inputs, std::span<const Index> units, Activation hidden) {
  std::vector<Dense> layers;
  std::uint64_t i = 1'000'000'000;
  for (const Index width : units) {
    Matrix weights(width, inputs);
    for (float& value : weights.reshaped()) value = 0.15f * noise(i++);
    const bool last = layers.size() + 1 == units.size();
    layers.emplace_back(std::move(weights), Vector::Zero(width),
                        last ? Activation::softmax : hidden);
    inputs = width;
  }
  return Network{std::move(layers)};
}

}  // namespace obkit::neural

#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "obkit/neural/model.hpp"

#include "net/random.hpp"
#include "small_model.hpp"

namespace obkit::neural {

/// Raw volumes of all magnitudes, many of them 0.
inline std::vector<double> random_volumes(std::mt19937& random, std::size_t inputs) {
  std::vector<double> sample(inputs);
  for (double& value : sample)
    value = random() % 8 == 0 ? 0 : std::exp(double{uniform(random, -3, 15)});
  return sample;
}

/// A model of each transform with and without mirror, with two and three classes, its hidden layers
/// of all activations in turn.
inline std::vector<ModelParts> varied_models(std::size_t members, Index inputs = 10) {
  std::mt19937 random{17};
  std::vector<ModelParts> models;
  for (const char* name : {"none", "relative", "log", "zscore", "share"}) {
    for (const Mirror mirror : {Mirror::off, Mirror::on}) {
      for (const Index classes : {Index{2}, Index{3}}) {
        ModelParts parts = small_parts(inputs);
        TransformFitter fitter;
        const auto volumes = [&] {
          return to_input(random_volumes(random, static_cast<std::size_t>(inputs)));
        };
        for (std::uint32_t i = 0; i < 20; ++i)
          fitter.add(volumes(), static_cast<std::uint8_t>(i % 2), i);
        parts.transform = fitter.fit(
            {.kind = parse_transform(name).value(), .level_decay = 0.5, .by_evidence = true});
        parts.mirror = mirror;
        parts.members.clear();
        const auto hidden = static_cast<Activation>(models.size() % 4);  // all but softmax
        const std::vector<Index> units{7, 4, classes};
        while (parts.members.size() < members)
          parts.members.emplace_back(inputs, units, hidden, random);
        parts.classes = {"fall", "rise", "stay"};
        parts.classes.resize(static_cast<std::size_t>(classes));
        parts.test_inputs = {volumes(), Vector::Zero(inputs)};
        models.push_back(std::move(parts));
      }
    }
  }
  return models;
}

}  // namespace obkit::neural

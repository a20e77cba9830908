#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "obkit/neural/model.hpp"

#include "net/random.hpp"
#include "support/small_model.hpp"

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

/// Of a depth and layers as obtrain makes them, fitted on volumes such as books have. Raw volumes
/// of the first test inputs are so small that no output is near 0 or 1.
inline ModelParts usual_parts(TransformKind transform, Activation activation,
                              std::mt19937& random) {
  constexpr Index depth = 100;
  ModelParts parts = small_parts(depth);
  const auto volumes = [&](float most) {
    Vector sample(depth);
    for (float& volume : sample) volume = std::exp(uniform(random, 0, most));
    return sample;
  };
  TransformFitter fitter;
  for (std::uint32_t i = 0; i < 20; ++i) fitter.add(volumes(9), i % 2, i);
  parts.transform = fitter.fit({.kind = transform});
  parts.members = {Network{depth, std::vector<Index>{100, 50, 2}, activation, random}};
  parts.test_inputs.clear();
  for (int most = 0; most < 10; ++most)
    parts.test_inputs.push_back(volumes(static_cast<float>(most)));
  return parts;
}

/// Models of every transform and activation, of that size.
inline std::vector<Model> usual_models() {
  std::vector<Model> models;
  for (const auto transform : {TransformKind::none, TransformKind::relative, TransformKind::log,
                               TransformKind::zscore, TransformKind::share}) {
    for (const auto activation :
         {Activation::sigmoid, Activation::tanh, Activation::relu, Activation::linear}) {
      std::mt19937 random{5};
      models.push_back(Model{usual_parts(transform, activation, random)});
    }
  }
  return models;
}

/// For failures: what kind of model it is.
inline std::string kind_of(const Model& model) {
  const Activation activation = model.parts().members.front().layers().front().activation();
  return std::string{to_string(model.parts().transform.kind())} + " " +
         std::string{to_string(activation)};
}

}  // namespace obkit::neural

#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/neural/model.hpp"

#include "net/random.hpp"

namespace obkit::neural {

/// Every kind of value that a record can hold.
inline TrainingRecord small_record() {
  const Evaluation evaluation{.samples = 12,
                              .blocks = 7,
                              .accuracy = 0.75,
                              .accuracy_error = 0.125,
                              .auc = 0.8125,
                              .mcc = -0.25,
                              .log_loss = 0.5,
                              .brier = 0.375,
                              .confusion = {{5, 2}, {1, 4}},
                              .reliability = {{3, 0.05, 0}, {0, 0, 0}, {9, 0.75, 0.625}}};
  const Evaluation bare{.samples = 12, .blocks = 12, .accuracy = 0.5};
  return {.first = parse_iso("2019-08-23T10:11:12.345Z"),
          .last = parse_iso("2019-08-24T00:00:00.000Z"),
          .sources = {"XY_20190823.ds", "näme \"quoted\".ds"},
          .symbols = {"XY"},
          .training_samples = 100,
          .validation_samples = 12,
          .test_samples = 7,
          .left_out_samples = 3,
          .class_samples = {48, 52},
          .options = {{"layers", "4,3,2"},
                      {"learning_rate", 0.001},
                      {"batch", std::int64_t{64}},
                      {"mirror", true}},
          .seed = 4294967295,
          .members = {{20, 12, "no better validation loss"}, {60, 60, "all epochs run"}},
          .walk_forward = {{.name = "network", .evaluation = evaluation}},
          .validation = {{.name = "network", .evaluation = evaluation},
                         {.name = "majority", .evaluation = bare}},
          .test = {{.name = "network", .evaluation = evaluation}}};
}

/// Random layers of 4, 3 and 2 units.
inline ModelParts small_parts(Index inputs = 6) {
  std::mt19937 random{11};
  const std::vector<Index> units{4, 3, 2};
  std::vector<float> scale, evidence, offset;
  for (Index i = 0; i < inputs / 2; ++i) {
    scale.push_back(uniform(random, 10, 1000));
    evidence.push_back(uniform(random, 0, 1));
    offset.push_back(uniform(random, 0.01f, 0.1f));
  }
  Vector sample(inputs);
  for (float& value : sample) value = uniform(random, 0, 1000);
  return {.tool = "test 1.0",
          .transform = {{.kind = TransformKind::relative,
                         .level_decay = 1,
                         .evidence = std::move(evidence),
                         .offset = std::move(offset),
                         .scale = std::move(scale)},
                        inputs},
          .mirror = Mirror::on,
          .members = {Network{inputs, units, Activation::sigmoid, random}},
          .classes = {"fall", "rise"},
          .label = "next",
          .training = small_record(),
          .test_inputs = {sample, Vector::Zero(inputs)}};
}

/// A single layer on the flow of books of depth 20.
inline ModelParts flow_parts() {
  constexpr Index flow = 14;
  std::mt19937 random{12};
  ModelParts parts = small_parts();
  parts.transform = {};
  parts.mirror = Mirror::off;
  parts.members = {Network{flow, std::vector<Index>{2}, Activation::sigmoid, random}};
  Vector sample(flow);
  for (float& value : sample) value = uniform(random, -5, 5);
  parts.test_inputs = {sample, Vector::Zero(flow), -sample};
  parts.takes = InputKind::flow;
  parts.flow_depth = 20;
  return parts;
}

inline Model small_model(Index inputs = 6) { return Model{small_parts(inputs)}; }

/// What reading a Keras file of these bytes complains of; "" when it does not.
inline std::string keras_complaint(const std::string& bytes) {
  try {
    (void)Model::from_bytes(bytes, "m.h5");
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

}  // namespace obkit::neural

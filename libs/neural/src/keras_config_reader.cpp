#include <algorithm>
#include <cstdint>
#include <utility>

#include "json_cursor.hpp"
#include "keras_config.hpp"

namespace obkit::neural {
namespace {

constexpr int max_nesting = 64;
constexpr std::size_t max_layers = 256;
constexpr std::int64_t max_units = 100'000;

using Layers = std::vector<JsonCursor>;

std::string name_of(const JsonCursor& layer) { return layer["config"]["name"].text(); }

[[noreturn]] void refuse(const JsonCursor& layer, const std::string& problem) {
  layer.fail("layer '" + name_of(layer) + "' " + problem);
}

/// The name that Keras' reference [name, node, tensor, ...] to an output bears; a list of one
/// reference is taken for it.
std::string referred(const JsonCursor& reference) {
  if (reference.size() < 1) reference.fail("expected a layer's name");
  const JsonCursor first = reference[0];
  if (!first.value().is_array()) return first.text();
  if (reference.size() != 1) reference.fail("expected one layer: only a chain of layers is read");
  return referred(first);
}

/// Name of the layer whose output a layer takes; empty for the input.
std::optional<std::string> source_of(const JsonCursor& layer) {
  const JsonCursor nodes = layer["inbound_nodes"];
  if (nodes.size() == 0) return std::nullopt;
  if (nodes.size() > 1) refuse(layer, "is used more than once: only a chain of layers is read");
  const JsonCursor node = nodes[0];
  if (node.value().is_array()) {
    if (node.size() != 1) refuse(layer, "has several inputs: only a chain of layers is read");
    return referred(node);
  }
  const JsonCursor inputs = node["args"];  // Keras 3
  if (inputs.size() != 1) refuse(layer, "has several inputs: only a chain of layers is read");
  return referred(inputs[0]["config"]["keras_history"]);
}

/// The only layer that takes the output of `source` (empty: the input), if any.
std::optional<JsonCursor> successor(const Layers& layers,
                                    const std::optional<std::string>& source) {
  std::optional<JsonCursor> found;
  for (const JsonCursor& layer : layers) {
    if (source_of(layer) != source) continue;
    if (found)
      refuse(layer, "stands beside '" + name_of(*found) + "': only a chain of layers is read");
    found = layer;
  }
  return found;
}

/// The layers of a Model or Functional from input to output.
Layers in_order(const JsonCursor& config, const Layers& layers) {
  Layers chain;
  std::optional<std::string> source;
  while (const auto next = successor(layers, source)) {
    if (chain.size() == layers.size()) refuse(*next, "stands in a circle");
    chain.push_back(*next);
    source = name_of(*next);
  }
  if (chain.size() != layers.size()) config["layers"].fail("only a chain of layers is read");
  if (!source || referred(config["output_layers"]) != *source)
    config["output_layers"].fail("expected the last layer of the chain");
  return chain;
}

Layers read_layers(const JsonCursor& root) {
  const std::string kind = root["class_name"].text();
  const JsonCursor config = root["config"];
  if (kind != "Sequential" && kind != "Model" && kind != "Functional")
    root["class_name"].fail("expected Sequential, Model or Functional, found \"" + kind + "\"");
  // Until 2.2.2 the configuration of a Sequential was the list itself.
  const JsonCursor list = config.value().is_array() ? config : config["layers"];
  if (list.size() > max_layers)
    list.fail("expected at most " + std::to_string(max_layers) + " layers, found " +
              std::to_string(list.size()));
  Layers layers;
  for (std::size_t i = 0; i < list.size(); ++i) layers.push_back(list[i]);
  return kind == "Sequential" ? layers : in_order(config, layers);
}

Activation read_activation(const JsonCursor& layer) {
  const JsonCursor value = layer["config"]["activation"];
  const std::string name = value.value().is_string() ? value.text() : value.value().dump();
  const auto activation = parse_activation(name);
  if (!activation)
    refuse(layer, "has the activation " + name.substr(0, 80) +
                      ": only sigmoid, tanh, relu, linear and softmax are read");
  return *activation;
}

/// Builds the chain layer by layer.
class Builder {
 public:
  void add(const JsonCursor& layer) {
    const std::string kind = layer["class_name"].text();
    for (const char* key : {"batch_input_shape", "batch_shape"})
      if (layer["config"].contains(key)) take_shape(layer["config"][key]);
    if (kind == "Dense")
      add_dense(layer);
    else if (kind == "Activation")
      add_activation(layer);
    else if (kind != "InputLayer" && kind != "Dropout")
      refuse(layer, "is a " + kind +
                        ": only InputLayer, Dense, Activation and Dropout in one chain are read");
  }

  [[nodiscard]] KerasChain finish(const JsonCursor& root) && {
    if (chain_.layers.empty()) root.fail("expected a Dense layer");
    for (const KerasDense& layer : chain_.layers) {
      const bool is_last = &layer == &chain_.layers.back();
      if ((layer.activation == Activation::softmax) != is_last) {
        root.fail("layer '" + layer.name + "' has the activation " +
                  std::string{to_string(layer.activation)} +
                  ": expected softmax in the last layer and only there");
      }
    }
    const Index outputs = chain_.layers.back().units;
    if (outputs != 2 && outputs != 3)
      root.fail("layer '" + chain_.layers.back().name + "' has " + std::to_string(outputs) +
                " units: expected 2 outputs (fall, rise) or 3 (fall, rise, stay)");
    return std::move(chain_);
  }

 private:
  void add_dense(const JsonCursor& layer) {
    const JsonCursor config = layer["config"];
    chain_.layers.push_back({.name = name_of(layer),
                             .units = config["units"].integer(1, max_units),
                             .has_biases = config["use_bias"].flag(),
                             .activation = read_activation(layer)});
  }

  /// An activation of its own becomes that of the dense layer before it.
  void add_activation(const JsonCursor& layer) {
    const Activation activation = read_activation(layer);
    if (activation == Activation::linear) return;
    if (chain_.layers.empty() || chain_.layers.back().activation != Activation::linear)
      refuse(layer, "must follow a Dense layer that has no activation");
    chain_.layers.back().activation = activation;
  }

  /// [null, inputs], before the first dense layer.
  void take_shape(const JsonCursor& shape) {
    if (shape.is_null() || !chain_.layers.empty()) return;
    if (shape.size() != 2)
      shape.fail("expected two dimensions, samples and volumes, found " +
                 std::to_string(shape.size()));
    const Index inputs = shape[1].integer(1, max_units);
    if (chain_.inputs && *chain_.inputs != inputs)
      shape.fail("expected " + std::to_string(*chain_.inputs) + " inputs as before");
    chain_.inputs = inputs;
  }

  KerasChain chain_;
};

}  // namespace

KerasChain read_keras_config(std::string_view json, const std::string& file) {
  const auto document = parse_document(json, file + ": model_config", max_nesting);
  const JsonCursor root{document, file, "model_config"};
  Builder builder;
  for (const JsonCursor& layer : read_layers(root)) builder.add(layer);
  return std::move(builder).finish(root);
}

}  // namespace obkit::neural

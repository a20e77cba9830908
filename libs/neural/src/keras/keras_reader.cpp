#include "keras/keras_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

#include "keras/hdf5/hdf5_file.hpp"
#include "model/json_cursor.hpp"
#include "model/model_json.hpp"

namespace obkit::neural {
namespace {

constexpr int max_nesting = 64;
constexpr std::size_t max_keras_layers = 256;

/// A dense layer as Keras' configuration describes it.
struct KerasDense {
  std::string name;
  Index units;
  bool has_biases;
  Activation activation;
};

/// A network as Keras' configuration describes it: 2 or 3 outputs, softmax last and only there.
struct KerasChain {
  std::optional<Index> inputs;  ///< empty where the configuration does not say
  std::vector<KerasDense> layers;
};

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
  if (list.size() > max_keras_layers)
    list.fail("expected at most " + std::to_string(max_keras_layers) + " layers, found " +
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

constexpr std::string_view read_versions =
    "files of Keras 2 and 3 are read; Keras 2 loads this one and can save it again";

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
    if (!config.contains("units") && config.contains("output_dim"))
      refuse(layer, "is of Keras 1: " + std::string{read_versions});
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
      shape.fail("expected " + counted(static_cast<std::uint64_t>(*chain_.inputs), "input") +
                 " as before");
    chain_.inputs = inputs;
  }

  KerasChain chain_;
};

/// Reads `model_config` of Keras 2 or 3: a Sequential, or a Model or Functional that is one chain,
/// of InputLayer, Dense, Activation and Dropout. Throws DataError that names the layer which is
/// something else. `file` is for messages.
KerasChain read_keras_config(std::string_view json, const std::string& file) {
  const auto document = parse_document(json, file + ": model_config", max_nesting);
  const JsonCursor root{document, file, "model_config"};
  Builder builder;
  for (const JsonCursor& layer : read_layers(root)) builder.add(layer);
  return std::move(builder).finish(root);
}

/// Reads the weights of the layers of one file.
class WeightReader {
 public:
  WeightReader(const Hdf5File& file, Hdf5Object weights, const std::string& name)
      : file_{file}, weights_{std::move(weights)}, name_{name} {}

  [[nodiscard]] Network read(const KerasChain& chain) {
    std::optional<Index> inputs = chain.inputs;
    std::vector<Dense> layers;
    for (const KerasDense& layer : chain.layers) {
      layers.push_back(read_layer(layer, inputs));
      inputs = layers.back().units();
    }
    const Index depth = layers.front().inputs();
    if (depth % 2 != 0 || depth > max_inputs)
      fail("expected an even number of inputs up to " + std::to_string(max_inputs) +
           " (bids and asks), found " + std::to_string(depth));
    return Network{std::move(layers)};
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw DataError{{.name = name_}, problem};
  }
  [[noreturn]] void fail(const KerasDense& layer, const std::string& problem) const {
    fail("layer '" + layer.name + "': " + problem);
  }

  [[nodiscard]] Dense read_layer(const KerasDense& layer, std::optional<Index> inputs) {
    const auto group = file_.find(weights_, layer.name);
    const auto names = group ? file_.texts(*group, "weight_names") : std::nullopt;
    if (!names) fail(layer, "the file has no weights for it");
    if (names->size() != (layer.has_biases ? 2 : 1))
      fail(layer, "expected " + std::string{layer.has_biases ? "kernel and bias" : "a kernel"} +
                      ", found " + std::to_string(names->size()) + " weights");
    Matrix kernel = read_values(layer, *group, names->at(0));  // [units × inputs]
    const Index found = kernel.cols();
    if (kernel.rows() != layer.units || (inputs && found != *inputs)) {
      fail(layer, "expected a kernel of " + (inputs ? std::to_string(*inputs) : "any") + " x " +
                      std::to_string(layer.units) + ", found " + std::to_string(found) + " x " +
                      std::to_string(kernel.rows()));
    }
    Vector biases = Vector::Zero(layer.units);
    if (layer.has_biases) {
      const Matrix values = read_values(layer, *group, names->at(1));
      if (values.size() != layer.units || values.cols() != 1)
        fail(layer, "expected as many biases as units, " + std::to_string(layer.units));
      biases = values;
    }
    return {std::move(kernel), std::move(biases), layer.activation};
  }

  /// A dataset of one or two dimensions; rows of the file become columns.
  [[nodiscard]] Matrix read_values(const KerasDense& layer, const Hdf5Object& group,
                                   std::string_view name) {
    const auto dataset = file_.find(group, name);
    if (!dataset) fail(layer, "the file has no '" + std::string{name} + "'");
    std::string storage;
    const auto room = static_cast<std::size_t>(Network::max_parameters - parameters_);
    const Hdf5Value value = file_.read(*dataset, room * sizeof(double), storage);
    if (value.type.kind != Hdf5Type::Kind::floating)
      fail(layer, "expected floats of 16, 32 or 64 bits");
    if (value.shape.empty() || value.shape.size() > 2 || value.bytes.empty())
      fail(layer, "expected weights of one or two dimensions");
    const std::size_t count = value.bytes.size() / value.type.size;
    if (count > room)
      fail(layer,
           "the network has more than " + std::to_string(Network::max_parameters) + " weights");
    parameters_ += static_cast<Index>(count);
    const auto rows = static_cast<Index>(value.shape.back());
    Matrix values(rows, static_cast<Index>(count) / rows);
    convert(value, values);
    if (!values.allFinite()) fail(layer, "a weight is no finite number");
    return values;
  }

  static void convert(const Hdf5Value& value, Matrix& values) {
    const auto copy_as = [&](auto number) {
      for (Index i = 0; i < values.size(); ++i) {
        std::memcpy(&number, value.bytes.data() + static_cast<std::size_t>(i) * sizeof number,
                    sizeof number);
        values.reshaped()[i] = static_cast<float>(number);
      }
    };
    if (value.type.size == sizeof(Eigen::half))
      copy_as(Eigen::half{});
    else if (value.type.size == sizeof(float))
      copy_as(float{});
    else
      copy_as(double{});
  }

  const Hdf5File& file_;
  Hdf5Object weights_;
  const std::string& name_;
  Index parameters_ = 0;
};

/// Samples whose predictions a file that is written from this model will carry.
std::vector<Vector> made_up_samples(Index inputs) {
  Vector uneven(inputs);
  for (Index i = 0; i < inputs; ++i) uneven[i] = static_cast<float>(i * 7919 % 101 * 10);
  return {Vector::Zero(inputs), Vector::Ones(inputs), std::move(uneven)};
}

std::string writer_of(const Hdf5File& file, const Hdf5Object& root) {
  const auto version = file.texts(root, "keras_version");
  if (!version || version->size() != 1) return "Keras";
  const std::string_view text = version->front();
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '+';
  });
  return is_plain && text.size() < 40 ? "Keras " + std::string{text} : "Keras";
}

Model model_of_keras(Network network, std::string tool, const std::string& name) {
  std::vector<std::string> classes{"fall", "rise", "stay"};
  classes.resize(static_cast<std::size_t>(network.classes()));
  auto samples = made_up_samples(network.inputs());
  Model model{{.tool = std::move(tool),
               .transform = {},
               .mirror = Mirror::off,
               .members = {std::move(network)},
               .classes = std::move(classes),
               .label = "next",
               .training = {},
               .test_inputs = std::move(samples)}};
  for (const Vector& sample : model.parts().test_inputs)
    if (!model.predict(std::vector<double>(sample.begin(), sample.end())).allFinite())
      throw DataError{{.name = name}, "the network's weights are so large that it gives no number"};
  return model;
}

std::string_view read_config(const Hdf5File& file, const Hdf5Object& root,
                             const std::string& name) {
  const auto config = file.texts(root, "model_config");
  if (!config || config->size() != 1) {
    throw DataError{{.name = name},
                    "an HDF5 file without 'model_config': expected a whole model, as Keras' "
                    "model.save() writes it"};
  }
  return config->front();
}

}  // namespace

Model read_keras(std::string_view bytes, const std::string& name) {
  const Hdf5File file{bytes, name};
  const Hdf5Object root = file.root();
  if (const std::string writer = writer_of(file, root); writer.starts_with("Keras 1."))
    throw DataError{{.name = name}, "a model of " + writer + ": " + std::string{read_versions}};
  const KerasChain chain = read_keras_config(read_config(file, root, name), name);
  auto weights = file.find(root, "model_weights");
  if (!weights) throw DataError{{.name = name}, "an HDF5 file without 'model_weights'"};
  Network network = WeightReader{file, std::move(*weights), name}.read(chain);
  const auto metadata = file.find(root, keras_metadata_name);
  if (!metadata) return model_of_keras(std::move(network), writer_of(file, root), name);
  std::string storage;
  const Hdf5Value text = file.read(*metadata, Model::max_file_bytes, storage);
  return read_model_around(text.bytes, name, keras_metadata_name, std::move(network));
}

}  // namespace obkit::neural

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/neural/activation.hpp"
#include "obkit/neural/matrix.hpp"
#include "obkit/neural/model.hpp"

namespace obkit::neural {

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

/// Reads `model_config` of Keras 2 or 3: a Sequential, or a Model or Functional that is one chain,
/// of InputLayer, Dense, Activation and Dropout. Throws DataError that names the layer which is
/// something else. `file` is for messages.
[[nodiscard]] KerasChain read_keras_config(std::string_view json, const std::string& file);

/// `model_config` of Keras 2.2.4 for a network; its layers are named by keras_layer_name().
[[nodiscard]] std::string write_keras_config(const Network& network);
/// "dense_1", ... from 0 on.
[[nodiscard]] std::string keras_layer_name(std::size_t index);

}  // namespace obkit::neural

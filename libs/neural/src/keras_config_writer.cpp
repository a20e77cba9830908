#include <nlohmann/json.hpp>

#include "keras_config.hpp"

namespace obkit::neural {
namespace {

using Json = nlohmann::ordered_json;

/// Keys and their order are those of Keras 2.2.4.
Json write_layer(const Dense& layer, std::size_t index) {
  Json config{{"name", keras_layer_name(index)}, {"trainable", true}};
  if (index == 0) config["batch_input_shape"] = {nullptr, layer.inputs()};
  if (index == 0) config["dtype"] = "float32";
  config.update(
      {{"units", layer.units()},
       {"activation", std::string{to_string(layer.activation())}},
       {"use_bias", true},
       {"kernel_initializer",
        {{"class_name", "VarianceScaling"},
         {"config",
          {{"scale", 1.0}, {"mode", "fan_avg"}, {"distribution", "uniform"}, {"seed", nullptr}}}}},
       {"bias_initializer", {{"class_name", "Zeros"}, {"config", Json::object()}}},
       {"kernel_regularizer", nullptr},
       {"bias_regularizer", nullptr},
       {"activity_regularizer", nullptr},
       {"kernel_constraint", nullptr},
       {"bias_constraint", nullptr}});
  return {{"class_name", "Dense"}, {"config", std::move(config)}};
}

}  // namespace

std::string keras_layer_name(std::size_t index) { return "dense_" + std::to_string(index + 1); }

std::string write_keras_config(const Network& network) {
  Json layers = Json::array();
  for (std::size_t i = 0; i < network.layers().size(); ++i)
    layers.push_back(write_layer(network.layers()[i], i));
  return Json{{"class_name", "Sequential"},
              {"config", {{"name", "sequential_1"}, {"layers", std::move(layers)}}}}
      .dump();
}

}  // namespace obkit::neural

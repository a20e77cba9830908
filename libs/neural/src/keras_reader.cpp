#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "obkit/core/error.hpp"

#include "hdf5_file.hpp"
#include "keras_config.hpp"
#include "keras_file.hpp"
#include "model_json.hpp"

namespace obkit::neural {
namespace {

constexpr Index max_inputs = 100'000;

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
        fail(layer, "expected " + std::to_string(layer.units) + " biases");
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

/// Samples whose forecasts a file that is written from this model will carry.
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

#include "keras/keras_writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hdf5.h>
#include <nlohmann/json.hpp>

#include "obkit/core/error.hpp"

#include "keras/keras_reader.hpp"
#include "model/model_json.hpp"

namespace obkit::neural {
namespace {

using Json = nlohmann::ordered_json;

/// "dense_1", ... from 0 on.
std::string layer_name(std::size_t index) { return "dense_" + std::to_string(index + 1); }

/// Keys and their order are those of Keras 2.2.4.
Json write_layer(const Dense& layer, std::size_t index) {
  Json config{{"name", layer_name(index)}, {"trainable", true}};
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

/// `model_config` of Keras 2.2.4.
std::string write_config(const Network& network) {
  Json layers = Json::array();
  for (std::size_t i = 0; i < network.layers().size(); ++i)
    layers.push_back(write_layer(network.layers()[i], i));
  return Json{{"class_name", "Sequential"},
              {"config", {{"name", "sequential_1"}, {"layers", std::move(layers)}}}}
      .dump();
}

constexpr const char* keras_version = "2.2.4";

void require(bool holds) {
  if (!holds) throw IoError{IoError::During::write, "the model", "libhdf5 failed"};
}

/// An identifier of libhdf5 and how it is given back.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_{id}, close_{close} { require(id >= 0); }
  Handle(Handle&& other) noexcept : id_{std::exchange(other.id_, -1)}, close_{other.close_} {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }

  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// Objects that bear no time.
Handle timeless(hid_t kind) {
  Handle properties{H5Pcreate(kind), H5Pclose};
  require(H5Pset_obj_track_times(properties.get(), false) >= 0);
  return properties;
}

Handle fixed_text(std::size_t size) {
  Handle type{H5Tcopy(H5T_C_S1), H5Tclose};
  require(H5Tset_size(type.get(), size) >= 0 && H5Tset_strpad(type.get(), H5T_STR_NULLPAD) >= 0);
  return type;
}

void put_attribute(hid_t object, const char* name, const Handle& type, const Handle& space,
                   const char* values) {
  const Handle attribute{
      H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
  require(H5Awrite(attribute.get(), type.get(), values) >= 0);
}

/// A text of fixed length, which every version of h5py hands to Keras as bytes.
void put_text(hid_t object, const char* name, const std::string& text) {
  put_attribute(object, name, fixed_text(text.size()), {H5Screate(H5S_SCALAR), H5Sclose},
                text.data());
}

/// A list of texts, each filled up with NUL to the longest.
void put_texts(hid_t object, const char* name, const std::vector<std::string>& texts) {
  std::size_t longest = 1;
  for (const std::string& text : texts) longest = std::max(longest, text.size());
  std::string values;
  for (std::string text : texts) {
    text.resize(longest);
    values += text;
  }
  const hsize_t count = texts.size();
  put_attribute(object, name, fixed_text(longest), {H5Screate_simple(1, &count, nullptr), H5Sclose},
                values.data());
}

void put_dataset(hid_t group, const std::string& name, std::span<const hsize_t> shape,
                 hid_t file_type, hid_t memory_type, const void* values) {
  const Handle space{H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                     H5Sclose};
  const Handle links{H5Pcreate(H5P_LINK_CREATE), H5Pclose};
  require(H5Pset_create_intermediate_group(links.get(), 1) >= 0);
  const Handle dataset{H5Dcreate2(group, name.c_str(), file_type, space.get(), links.get(),
                                  timeless(H5P_DATASET_CREATE).get(), H5P_DEFAULT),
                       H5Dclose};
  require(H5Dwrite(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
}

Handle make_group(hid_t parent, const char* name) {
  return {H5Gcreate2(parent, name, H5P_DEFAULT, timeless(H5P_GROUP_CREATE).get(), H5P_DEFAULT),
          H5Gclose};
}

void put_versions(hid_t object) {
  put_text(object, "backend", "tensorflow");
  put_text(object, "keras_version", keras_version);
}

/// Column-major [units × inputs] is row-major [inputs × units], Keras' kernel.
void put_layer(hid_t weights, const std::string& name, const Dense& layer) {
  const Handle group = make_group(weights, name.c_str());
  const std::string kernel = name + "/kernel:0", bias = name + "/bias:0";
  put_texts(group.get(), "weight_names", {kernel, bias});
  const auto inputs = static_cast<hsize_t>(layer.inputs()),
             units = static_cast<hsize_t>(layer.units());
  put_dataset(group.get(), kernel, std::array{inputs, units}, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT,
              layer.weights().data());
  put_dataset(group.get(), bias, std::array{units}, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT,
              layer.biases().data());
}

void put_network(hid_t file, const Network& network) {
  put_text(file, "model_config", write_config(network));
  put_versions(file);
  const Handle weights = make_group(file, "model_weights");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < network.layers().size(); ++i) names.push_back(layer_name(i));
  put_texts(weights.get(), "layer_names", names);
  put_versions(weights.get());
  for (std::size_t i = 0; i < names.size(); ++i)
    put_layer(weights.get(), names[i], network.layers()[i]);
}

/// A file that stands in memory alone.
Handle make_file() {
  const Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
  require(H5Pset_fapl_core(access.get(), std::size_t{1} << 16, false) >= 0);
  return {H5Fcreate("model.h5", H5F_ACC_TRUNC, timeless(H5P_FILE_CREATE).get(), access.get()),
          H5Fclose};
}

std::string image(hid_t file) {
  require(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0);
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  require(size > 0);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  require(H5Fget_file_image(file, bytes.data(), bytes.size()) == size);
  return bytes;
}

}  // namespace

std::string write_keras(const Model& model) {
  assert(model.parts().members.size() == 1);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // it would print
  const Handle file = make_file();
  put_network(file.get(), model.parts().members.front());
  const std::string metadata = write_model_without_layers(model);
  put_dataset(file.get(), keras_metadata_name, std::array{hsize_t{metadata.size()}}, H5T_STD_U8LE,
              H5T_NATIVE_UINT8, metadata.data());
  return image(file.get());
}

}  // namespace obkit::neural

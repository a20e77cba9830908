#include "onnx/onnx_writer.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <onnx/onnx_pb.h>

#include "obkit/core/time.hpp"

namespace obkit::neural {
namespace {

static_assert(std::endian::native == std::endian::little, "raw data of ONNX are little-endian");

/// Builds an ONNX graph node by node; tensors go by their names.
class OnnxGraph {
 public:
  explicit OnnxGraph(onnx::GraphProto& graph) : graph_{graph} {}

  /// A constant tensor in row-major order. Pre: as many values as the shape says; no other constant
  /// has this name.
  std::string constant(const std::string& name, std::span<const float> values,
                       const std::vector<std::int64_t>& shape);
  std::string constant(const std::string& name, std::span<const std::int64_t> values,
                       const std::vector<std::int64_t>& shape);
  std::string scalar(const std::string& name, float value);

  /// A node; its only output is named after the operator and its number.
  std::string add(std::string_view op, const std::vector<std::string>& inputs);
  /// The same with an attribute.
  std::string add(std::string_view op, const std::vector<std::string>& inputs,
                  const std::string& attribute, std::int64_t value);
  /// Gives the output of the last node the name that the world knows it by.
  void name_output(const std::string& name);

 private:
  template <typename Value>
  std::string store(const std::string& name, int type, std::span<const Value> values,
                    const std::vector<std::int64_t>& shape);

  onnx::GraphProto& graph_;
};

template <typename Value>
std::string OnnxGraph::store(const std::string& name, int type, std::span<const Value> values,
                             const std::vector<std::int64_t>& shape) {
  onnx::TensorProto& tensor = *graph_.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return name;
}

std::string OnnxGraph::constant(const std::string& name, std::span<const float> values,
                                const std::vector<std::int64_t>& shape) {
  return store(name, onnx::TensorProto::FLOAT, values, shape);
}

std::string OnnxGraph::constant(const std::string& name, std::span<const std::int64_t> values,
                                const std::vector<std::int64_t>& shape) {
  return store(name, onnx::TensorProto::INT64, values, shape);
}

std::string OnnxGraph::scalar(const std::string& name, float value) {
  return constant(name, std::array{value}, {});
}

std::string OnnxGraph::add(std::string_view op, const std::vector<std::string>& inputs) {
  onnx::NodeProto& node = *graph_.add_node();
  node.set_op_type(std::string{op});
  node.set_name(std::string{op} + "_" + std::to_string(graph_.node_size()));
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(node.name());
  return node.name();
}

std::string OnnxGraph::add(std::string_view op, const std::vector<std::string>& inputs,
                           const std::string& attribute, std::int64_t value) {
  std::string output = add(op, inputs);
  onnx::AttributeProto& added = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
  added.set_name(attribute);
  added.set_type(onnx::AttributeProto::INT);
  added.set_i(value);
  return output;
}

void OnnxGraph::name_output(const std::string& name) {
  graph_.mutable_node(graph_.node_size() - 1)->set_output(0, name);
}

/// What the input of the graph is called.
constexpr const char* volumes_name = "volumes";
constexpr const char* flow_name = "flow";

/// A member's layers by the names of their tensors.
struct LayerNames {
  std::string kernel, biases;
  Activation activation;
};

std::string_view operator_of(Activation activation) {
  switch (activation) {
    case Activation::sigmoid:
      return "Sigmoid";
    case Activation::tanh:
      return "Tanh";
    case Activation::relu:
      return "Relu";
    case Activation::softmax:
      return "Softmax";
    case Activation::linear:
      break;
  }
  return "";
}

/// Writes a model's nodes. What both views of a book need is stored once.
class Writer {
 public:
  Writer(const Model& model, onnx::GraphProto& graph)
      : parts_{model.parts()}, depth_{parts_.members.front().inputs()}, graph_{graph} {
    if (parts_.transform.kind() != TransformKind::none) store_transform();
    for (std::size_t i = 0; i < parts_.members.size(); ++i) store_member(i);
  }

  void write() {
    const std::string raw = parts_.takes == InputKind::flow ? flow_name : limited_volumes();
    std::string probabilities = view(raw);
    if (parts_.mirror == Mirror::on) probabilities = with_mirror(raw, probabilities);
    graph_.add("Identity", {probabilities});
    graph_.name_output("probabilities");
    const std::string fall = column("fall", 0), rise = column("rise", 1);
    graph_.add("Sub", {rise, fall});
    graph_.name_output("score");
  }

 private:
  using Constants = InputTransform::Constants;

  /// Constants of each input from those by distance to the middle.
  void store_both_sides(const std::string& name, const std::vector<float>& by_distance) {
    std::vector<float> both(by_distance.rbegin(), by_distance.rend());
    both.insert(both.end(), by_distance.begin(), by_distance.end());
    graph_.constant(name, both, {depth_});
  }

  [[nodiscard]] std::string limited_volumes() {
    const std::string largest = graph_.scalar("largest_volume", static_cast<float>(largest_input));
    return graph_.add("Min", {volumes_name, largest});
  }

  void store_transform() {
    const Constants& constants = parts_.transform.constants();
    store_both_sides("level_weight", parts_.transform.level_weights());
    if (!constants.center.empty()) store_both_sides("center", constants.center);
    if (!constants.scale.empty()) store_both_sides("scale", constants.scale);
    const TransformKind kind = parts_.transform.kind();
    if (kind == TransformKind::relative) store_both_sides("offset", constants.offset);
    if (kind == TransformKind::log) graph_.scalar("offset", 1);
    if (kind != TransformKind::share) return;
    graph_.constant("across", std::array{std::int64_t{1}}, {1});
    graph_.scalar("zero", 0);
    graph_.scalar("one", 1);
    graph_.scalar("depth", static_cast<float>(depth_));
  }

  /// Column-major [units × inputs] is row-major [inputs × units].
  void store_member(std::size_t member) {
    std::vector<LayerNames> layers;
    for (const Dense& layer : parts_.members[member].layers()) {
      const std::string name =
          "member_" + std::to_string(member) + "_layer_" + std::to_string(layers.size());
      const auto size = static_cast<std::size_t>(layer.weights().size());
      graph_.constant(name + "_kernel", std::span{layer.weights().data(), size},
                      {layer.inputs(), layer.units()});
      graph_.constant(name + "_bias",
                      std::span{layer.biases().data(), static_cast<std::size_t>(layer.units())},
                      {layer.units()});
      layers.push_back({name + "_kernel", name + "_bias", layer.activation()});
    }
    members_.push_back(std::move(layers));
  }

  [[nodiscard]] std::string transformed(const std::string& x) {
    switch (parts_.transform.kind()) {
      case TransformKind::none:
        break;
      case TransformKind::relative:
        return weighted(logarithm(graph_.add("Div", {x, "scale"})));
      case TransformKind::log:
        return weighted(logarithm(x));
      case TransformKind::zscore:
        return weighted(graph_.add("Div", {graph_.add("Sub", {x, "center"}), "scale"}));
      case TransformKind::share:
        return weighted(share(x));
    }
    return x;
  }

  [[nodiscard]] std::string weighted(const std::string& x) {
    return graph_.add("Mul", {x, "level_weight"});
  }
  [[nodiscard]] std::string logarithm(const std::string& x) {
    return graph_.add("Log", {graph_.add("Add", {x, "offset"})});
  }

  /// Where all volumes are 0 they are divided by 1.
  [[nodiscard]] std::string share(const std::string& x) {
    const std::string sum = graph_.add("ReduceSum", {x, "across"}, "keepdims", 1);
    const std::string is_something = graph_.add("Greater", {sum, "zero"});
    const std::string divisor = graph_.add("Where", {is_something, sum, "one"});
    return graph_.add("Mul", {graph_.add("Div", {x, divisor}), "depth"});
  }

  /// Mean of the members' probabilities of raw samples.
  [[nodiscard]] std::string view(const std::string& raw) {
    const std::string input = transformed(raw);
    std::vector<std::string> outputs;
    for (const auto& layers : members_) {
      std::string x = input;
      for (const LayerNames& layer : layers) {
        x = graph_.add("Gemm", {x, layer.kernel, layer.biases});
        const std::string_view op = operator_of(layer.activation);
        if (layer.activation == Activation::softmax)
          x = graph_.add(op, {x}, "axis", 1);
        else if (!op.empty())
          x = graph_.add(op, {x});
      }
      outputs.push_back(x);
    }
    return outputs.size() == 1 ? outputs.front() : graph_.add("Mean", outputs);
  }

  /// Mean of both views: the other one is of the book reversed, falls and rises swapped.
  [[nodiscard]] std::string with_mirror(const std::string& volumes, const std::string& straight) {
    std::vector<std::int64_t> reversed, swapped{1, 0};
    for (std::int64_t i = depth_; i-- > 0;) reversed.push_back(i);
    for (std::int64_t i = 2; i < parts_.members.front().classes(); ++i) swapped.push_back(i);
    graph_.constant("reversed", reversed, {depth_});
    graph_.constant("swapped", swapped, {static_cast<std::int64_t>(swapped.size())});
    const std::string other = view(graph_.add("Gather", {volumes, "reversed"}, "axis", 1));
    return graph_.add("Mean", {straight, graph_.add("Gather", {other, "swapped"}, "axis", 1)});
  }

  [[nodiscard]] std::string column(const std::string& name, std::int64_t index) {
    graph_.constant(name, std::array{index}, {});
    return graph_.add("Gather", {"probabilities", name}, "axis", 1);
  }

  const ModelParts& parts_;
  Index depth_;
  OnnxGraph graph_;
  std::vector<std::vector<LayerNames>> members_;
};

/// Adds all constants and nodes from the input, `volumes` or `flow`, to the outputs `probabilities`
/// and `score`.
void write_nodes(const Model& model, onnx::GraphProto& graph) { Writer{model, graph}.write(); }

constexpr std::int64_t opset = 13, ir_version = 7;  // which belong together

/// Any number of samples, and maybe as many values for each.
void describe(onnx::ValueInfoProto& value, const std::string& name, Index values_each) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param("N");
  if (values_each > 0) tensor.mutable_shape()->add_dim()->set_dim_value(values_each);
}

void put_metadata(const Model& model, onnx::ModelProto& file) {
  const auto put = [&](const char* key, const std::string& value) {
    auto& property = *file.add_metadata_props();
    property.set_key(key);
    property.set_value(value);
  };
  std::string classes;
  for (const std::string& name : model.classes()) classes += (classes.empty() ? "" : ",") + name;
  put("tool", model.parts().tool);
  put("classes", classes);
  put("label", model.label());
  if (model.training().first) put("training_first", format_iso(*model.training().first));
  if (model.training().last) put("training_last", format_iso(*model.training().last));
}

}  // namespace

std::string write_onnx(const Model& model) {
  onnx::ModelProto file;
  file.set_ir_version(ir_version);
  file.set_producer_name("obkit");
  const bool takes_flow = model.takes() == InputKind::flow;
  const std::string input =
      takes_flow ? "flow: what the last books did, as obdataset --flow writes it"
                 : "volumes: raw volumes of an order book, bids from worst to best, then asks from "
                   "best to worst";
  file.set_doc_string(input + "; probabilities: of each class; score: P(rise) - P(fall)");
  file.add_opset_import()->set_version(opset);
  onnx::GraphProto& graph = *file.mutable_graph();
  graph.set_name("obkit_model");
  describe(*graph.add_input(), takes_flow ? flow_name : volumes_name,
           static_cast<Index>(model.inputs()));
  describe(*graph.add_output(), "probabilities", static_cast<Index>(model.classes().size()));
  describe(*graph.add_output(), "score", 0);
  write_nodes(model, graph);
  put_metadata(model, file);
  return file.SerializeAsString();
}

}  // namespace obkit::neural

#include "onnx_graph.hpp"

#include <array>
#include <bit>

namespace obkit::neural {

static_assert(std::endian::native == std::endian::little, "raw data of ONNX are little-endian");

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

}  // namespace obkit::neural

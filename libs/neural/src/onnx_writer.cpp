#include <string>

#include <onnx/onnx_pb.h>

#include "obkit/core/time.hpp"

#include "onnx_file.hpp"
#include "onnx_nodes.hpp"

namespace obkit::neural {
namespace {

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
  file.set_doc_string(
      "volumes: raw volumes of an order book, bids from worst to best, then asks from best to "
      "worst; probabilities: of each class; score: P(rise) - P(fall)");
  file.add_opset_import()->set_version(opset);
  onnx::GraphProto& graph = *file.mutable_graph();
  graph.set_name("obkit_model");
  describe(*graph.add_input(), "volumes", static_cast<Index>(model.inputs()));
  describe(*graph.add_output(), "probabilities", static_cast<Index>(model.classes().size()));
  describe(*graph.add_output(), "score", 0);
  write_nodes(model, graph);
  put_metadata(model, file);
  return file.SerializeAsString();
}

}  // namespace obkit::neural

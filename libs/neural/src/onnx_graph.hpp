#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

namespace obkit::neural {

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

}  // namespace obkit::neural

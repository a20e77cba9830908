#pragma once

#include <onnx/onnx_pb.h>

#include "obkit/neural/model.hpp"

namespace obkit::neural {

/// Adds all constants and nodes from the input `volumes` to the outputs `probabilities` and
/// `score`.
void write_nodes(const Model& model, onnx::GraphProto& graph);

}  // namespace obkit::neural

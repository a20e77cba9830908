#pragma once

#include <string>

#include "obkit/neural/model.hpp"

namespace obkit::neural {

/// The whole model as an ONNX graph (opset 13): input `volumes` float [N, depth], raw and not
/// negative; outputs `probabilities` [N, classes], as Model::predict(), and `score` [N], as
/// Model::score(). The same model gives the same bytes.
[[nodiscard]] std::string write_onnx(const Model& model);

}  // namespace obkit::neural

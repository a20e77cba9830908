#include "obkit/neural/model_file.hpp"

#include "obkit/core/error.hpp"

#include "keras_file.hpp"
#include "onnx_file.hpp"

namespace obkit::neural {

ModelFormat format_of(std::string_view path) {
  if (path.ends_with(".h5")) return ModelFormat::keras;
  return path.ends_with(".onnx") ? ModelFormat::onnx : ModelFormat::json;
}

void check_format(ModelFormat format, std::size_t members) {
  if (format == ModelFormat::keras && members > 1)
    throw UsageError{"a .h5 file holds one network, not " + std::to_string(members) +
                     " members: write .json or .onnx"};
}

std::string to_bytes(const Model& model, ModelFormat format) {
  check_format(format, model.parts().members.size());
  if (format == ModelFormat::json) return model.to_json();
  return format == ModelFormat::keras ? write_keras(model) : write_onnx(model);
}

std::optional<std::string> keras_caveat(const Model& model) {
  const bool transformed = model.parts().transform.kind() != TransformKind::none;
  const bool mirrored = model.parts().mirror == Mirror::on;
  if (!transformed && !mirrored) return std::nullopt;
  std::string lost;
  if (transformed)
    lost += "the input transform '" + std::string{to_string(model.parts().transform.kind())} + "'";
  if (mirrored) lost += std::string{transformed ? " and " : ""} + "the mirror";
  return "in Keras this .h5 is the bare network: it knows nothing of " + lost +
         ", which only obkit's tools read from it";
}

void Model::save(const std::string& path, Existing existing) const {
  const std::string bytes = to_bytes(*this, format_of(path));
  const auto sink = open_sink(path, existing);
  sink->write(bytes);
  sink->close();
}

}  // namespace obkit::neural

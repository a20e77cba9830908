#include "obkit/neural/model.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"

#include "keras/hdf5/hdf5_file.hpp"
#include "keras/keras_reader.hpp"
#include "model/model_json.hpp"
#include "net/prediction.hpp"
#include "net/scratch.hpp"

#ifdef OBKIT_KERAS
#include "keras/keras_writer.hpp"
#endif
#ifdef OBKIT_ONNX
#include "onnx/onnx_writer.hpp"
#endif

namespace obkit::neural {
namespace {

#ifdef OBKIT_KERAS
constexpr bool has_keras = true;
#else
constexpr bool has_keras = false;
#endif
#ifdef OBKIT_ONNX
constexpr bool has_onnx = true;
#else
constexpr bool has_onnx = false;
#endif

/// Files of other kinds, which people may well take for readable.
void refuse_other_formats(std::string_view bytes, const std::string& name) {
  // The first field of an ONNX model is the version of its format, a small number.
  if (bytes.starts_with('\x08'))
    throw DataError{{.name = name},
                    "an ONNX model: they are written, not read; give the .json or .h5 beside it"};
  if (const std::string problem = wrong_kind(bytes, file_kinds::model); !problem.empty())
    throw DataError{{.name = name}, problem};
}

}  // namespace

Model::Model(ModelParts parts) : parts_{std::move(parts)} {
  assert(!parts_.members.empty() && parts_.members.size() <= max_members);
  assert(inputs() % 2 == 0 && parts_.classes.size() >= 2);
  assert(takes() == InputKind::volumes || parts_.flow_depth > 0);
  for ([[maybe_unused]] const Network& member : parts_.members) {
    assert(member.inputs() == parts_.members.front().inputs());
    assert(member.classes() == static_cast<Index>(parts_.classes.size()));
  }
}

Model Model::load(const std::string& path) {
  return from_bytes(read_all(path, max_file_bytes), display_name(path));
}

Model Model::from_bytes(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with(hdf5_signature)) return read_keras(bytes, name);
  refuse_other_formats(bytes, name);
  return from_json(bytes, name);
}

Model Model::from_json(std::string_view text, const std::string& name) {
  return read_model(text, name);
}

std::string Model::to_json() const { return write_model(*this); }

std::size_t Model::inputs() const {
  return static_cast<std::size_t>(parts_.members.front().inputs());
}

void Model::predict_mean(const Eigen::Ref<const Matrix>& inputs, Eigen::Ref<Matrix> mean) const {
  mean.setZero();
  for (const Network& member : parts_.members) add_prediction(member, inputs, parts_.mirror, mean);
  mean /= static_cast<float>(parts_.members.size());
}

void Model::predict(Samples samples, Eigen::Ref<Matrix> probabilities) const {
  const auto rows = static_cast<Index>(inputs());
  for (std::size_t begin = 0; begin < samples.size(); begin += best_batch) {
    const Samples some = samples.subspan(begin, std::min(best_batch, samples.size() - begin));
    const auto count = static_cast<Index>(some.size());
    Scratch memory{rows * count};
    auto inputs = memory.matrix(rows, count);
    for (Index i = 0; i < count; ++i) to_input(some[size(i)], inputs.col(i));
    parts_.transform.apply(inputs);
    predict_mean(inputs, probabilities.middleCols(static_cast<Index>(begin), count));
  }
}

Vector Model::predict(std::span<const double> sample) const {
  Vector probabilities(static_cast<Index>(parts_.classes.size()));
  predict(Samples{&sample, 1}, probabilities);
  return probabilities;
}

Matrix Model::predict(const SampleView& samples) const {
  constexpr std::size_t block = 1024;  // bounds the memory
  Matrix probabilities(static_cast<Index>(parts_.classes.size()),
                       static_cast<Index>(samples.size()));
  Batch batch;
  for (std::size_t begin = 0; begin < samples.size(); begin += block) {
    gather(samples, begin, std::min(block, samples.size() - begin), parts_.transform, batch);
    predict_mean(batch.inputs,
                 probabilities.middleCols(static_cast<Index>(begin), batch.inputs.cols()));
  }
  return probabilities;
}

namespace {

/// How far each transformed input may be off: its own rounding, and what the transform makes of a
/// volume that is off by a few. `raw` and its transform, [inputs].
Vector input_errors(const InputTransform& transform, const Vector& raw, const Vector& inputs) {
  if (transform.kind() == TransformKind::none) return Vector::Zero(raw.size());
  constexpr float few_roundings = 0x1p-22f, step = 0x1p-10f;
  Matrix moved = raw * (1 + step);
  transform.apply(moved);
  return (moved - inputs).cwiseAbs() * (few_roundings / step) + inputs.cwiseAbs() * few_roundings;
}

}  // namespace

Vector Model::tolerance(std::span<const double> sample) const {
  Vector raw(static_cast<Index>(inputs()));
  to_input(sample, raw);
  Matrix transformed = raw;
  parts_.transform.apply(transformed);
  const Vector input = transformed, errors = input_errors(parts_.transform, raw, input);
  Vector sum = Vector::Zero(static_cast<Index>(parts_.classes.size()));
  for (const Network& member : parts_.members)
    sum += rounding_of(member, input, errors, parts_.mirror);
  sum /= static_cast<float>(parts_.members.size());
  return sum.array() + least_tolerance;
}

void Model::score(Samples samples, std::span<double> scores) const {
  assert(samples.size() == scores.size());
  const auto classes = static_cast<Index>(parts_.classes.size());
  const auto count = static_cast<Index>(samples.size());
  Scratch memory{classes * count};
  auto probabilities = memory.matrix(classes, count);
  predict(samples, probabilities);
  for (Index i = 0; i < count; ++i)
    scores[size(i)] = double{probabilities(1, i)} - double{probabilities(0, i)};
}

double Model::score(std::span<const double> sample) const {
  double found = 0;
  score(Samples{&sample, 1}, std::span{&found, 1});
  return found;
}

ModelFormat format_of(std::string_view path) {
  if (path.ends_with(".h5")) return ModelFormat::keras;
  return path.ends_with(".onnx") ? ModelFormat::onnx : ModelFormat::json;
}

bool can_write(ModelFormat format) {
  switch (format) {
    case ModelFormat::json:
      return true;
    case ModelFormat::keras:
      return has_keras;
    case ModelFormat::onnx:
      break;
  }
  return has_onnx;
}

void check_format(ModelFormat format, std::size_t members) {
  if (format == ModelFormat::keras && members > 1)
    throw UsageError{"a .h5 file holds one network, not " + std::to_string(members) +
                     " members: write .json or .onnx"};
  if (!can_write(format)) {
    const bool is_keras = format == ModelFormat::keras;
    throw UsageError{std::string{"this build of obkit has no "} + (is_keras ? "Keras" : "ONNX") +
                     ": it cannot write " + (is_keras ? ".h5" : ".onnx") + ", write .json"};
  }
}

std::string to_bytes(const Model& model, ModelFormat format) {
  check_format(format, model.parts().members.size());
#ifdef OBKIT_KERAS
  if (format == ModelFormat::keras) return write_keras(model);
#endif
#ifdef OBKIT_ONNX
  if (format == ModelFormat::onnx) return write_onnx(model);
#endif
  return model.to_json();
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

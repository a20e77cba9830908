#include "obkit/neural/model.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/neural/training.hpp"

#include "hdf5_file.hpp"
#include "keras_file.hpp"
#include "model_json.hpp"

namespace obkit::neural {
namespace {

/// Files of other kinds, which people may well take for readable.
void refuse_other_formats(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with("PK"))
    throw DataError{{.name = name},
                    "a zip archive: a model of Keras 3 is read when it is saved as .h5"};
  // The first field of an ONNX model is the version of its format, a small number.
  if (bytes.starts_with('\x08'))
    throw DataError{{.name = name},
                    "an ONNX model: they are written, not read; give the .json or .h5 beside it"};
}

}  // namespace

Model::Model(ModelParts parts) : parts_{std::move(parts)} {
  assert(!parts_.members.empty() && parts_.members.size() <= max_members);
  assert(inputs() % 2 == 0 && parts_.classes.size() >= 2);
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

// As forecast() and the mean over members of many samples do it, to the bit: both views go through
// the same code, and a sum does not depend on the order of its two terms. So the mirrored sample
// gets exactly the swapped probabilities.
Vector Model::predict(std::span<const double> sample) const {
  assert(sample.size() == inputs());
  const bool mirror = parts_.mirror == Mirror::on;
  Matrix views(static_cast<Index>(sample.size()), mirror ? 2 : 1);
  views.col(0) = to_input(sample);
  parts_.transform.apply(views.leftCols(1));
  if (mirror) views.col(1) = views.col(0).reverse();
  Matrix forecasts(static_cast<Index>(parts_.classes.size()), views.cols());
  Vector sum = Vector::Zero(forecasts.rows());
  for (const Network& member : parts_.members) {
    member.forward(views, forecasts);
    if (mirror) {
      std::swap(forecasts(0, 1), forecasts(1, 1));
      forecasts.col(0) = (forecasts.col(0) + forecasts.col(1)) / 2.0f;
    }
    sum += forecasts.col(0);
  }
  return sum / static_cast<float>(parts_.members.size());
}

Matrix Model::predict(const SampleView& samples) const {
  constexpr std::size_t block = 1024;  // bounds the memory
  Matrix probabilities(static_cast<Index>(parts_.classes.size()),
                       static_cast<Index>(samples.size()));
  Batch batch;
  for (std::size_t begin = 0; begin < samples.size(); begin += block) {
    gather(samples, begin, std::min(block, samples.size() - begin), parts_.transform, batch);
    auto to = probabilities.middleCols(static_cast<Index>(begin), batch.inputs.cols());
    to.setZero();
    for (const Network& member : parts_.members)
      to += forecast(member, batch.inputs, parts_.mirror);
    to /= static_cast<float>(parts_.members.size());
  }
  return probabilities;
}

double Model::score(std::span<const double> sample) const {
  const Vector probabilities = predict(sample);
  return double{probabilities[1]} - double{probabilities[0]};
}

}  // namespace obkit::neural

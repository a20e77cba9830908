#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/neural/input_transform.hpp"
#include "obkit/neural/matrix.hpp"
#include "obkit/neural/network.hpp"
#include "obkit/neural/samples.hpp"
#include "obkit/neural/training_record.hpp"

namespace obkit::neural {

/// What a sample of a model is made of.
enum class InputKind : std::uint8_t {
  volumes,  ///< those of a book: finite, not negative
  flow,     ///< what the last books did: finite
};

/// What a model is made of.
struct ModelParts {
  std::string tool;  ///< name and version of the writer
  InputTransform transform;
  Mirror mirror = Mirror::off;
  std::vector<Network> members;      ///< whose mean is the prediction; alike in inputs and classes
  std::vector<std::string> classes;  ///< name of each output
  std::string label;                 ///< rule by which the samples got their classes
  TrainingRecord training;
  std::vector<Vector> test_inputs;  ///< samples that are replayed when the file is loaded
  InputKind takes = InputKind::volumes;
  std::size_t flow_depth = 0;  ///< of the books, where it takes flow: even, above 0; else 0
};

/// Trained networks with all they need to predict from a raw sample. Immutable: any number of
/// threads may use one.
class Model {
 public:
  /// How far probabilities may be off on another machine than the writer's, or in another runtime,
  /// at least: tolerance().
  static constexpr float least_tolerance = 1e-5f;
  static constexpr std::size_t max_file_bytes = std::size_t{48} * 1024 * 1024;

  static constexpr std::size_t max_members = 64;

  /// Pre: shapes fit; inputs are even; 1 to max_members members; at least two classes; where it
  /// takes flow, no transform and no mirror.
  explicit Model(ModelParts parts);

  /// A native file or Keras' .h5, told apart by content. Throws IoError, and DataError naming what
  /// is wrong with the file.
  [[nodiscard]] static Model load(const std::string& path);
  /// The same from the bytes of a file. `name` is for messages. Throws DataError.
  [[nodiscard]] static Model from_bytes(std::string_view bytes, const std::string& name);
  /// `name` is for messages. Throws DataError.
  [[nodiscard]] static Model from_json(std::string_view text, const std::string& name);

  /// In the format that the extension names (format_of()); "-" is standard output. Throws
  /// IoError, and UsageError where the format cannot hold the model.
  void save(const std::string& path, Existing existing) const;
  /// The bytes of the file: the same model gives the same.
  [[nodiscard]] std::string to_json() const;

  /// Values in a sample; even.
  [[nodiscard]] std::size_t inputs() const;
  /// Of the books that samples come from.
  [[nodiscard]] std::size_t depth() const {
    return takes() == InputKind::flow ? parts_.flow_depth : inputs();
  }
  [[nodiscard]] InputKind takes() const { return parts_.takes; }
  [[nodiscard]] const std::vector<std::string>& classes() const { return parts_.classes; }
  [[nodiscard]] const std::string& label() const { return parts_.label; }
  [[nodiscard]] const TrainingRecord& training() const { return parts_.training; }
  [[nodiscard]] const ModelParts& parts() const { return parts_; }

  /// Raw samples, each of inputs() values as InputKind has them.
  using Samples = std::span<const std::span<const double>>;
  /// So many samples at once are quickest; more are taken in such parts.
  static constexpr std::size_t best_batch = 32;

  /// Probabilities [classes × n], means over the members, without gaps between columns. With a
  /// mirror the mean of both views. A sample has the same bits alone and among any others.
  void predict(Samples samples, Eigen::Ref<Matrix> probabilities) const;
  [[nodiscard]] Vector predict(std::span<const double> sample) const;
  [[nodiscard]] Matrix predict(const SampleView& samples) const;

  /// How far the probabilities of a sample may be off where others round otherwise [classes]:
  /// least_tolerance, and what roundings come to at the scale of this network. NaN where it gives
  /// no number.
  [[nodiscard]] Vector tolerance(std::span<const double> sample) const;

  /// P(class 1) - P(class 0) of each, in [-1, 1]. With a mirror, the reversed sample has exactly
  /// -score. Pre: as many scores.
  void score(Samples samples, std::span<double> scores) const;
  [[nodiscard]] double score(std::span<const double> sample) const;

 private:
  /// Of transformed samples.
  void predict_mean(const Eigen::Ref<const Matrix>& inputs, Eigen::Ref<Matrix> mean) const;

  ModelParts parts_;
};

enum class ModelFormat : std::uint8_t {
  json,   ///< the native one: everything, readable
  keras,  ///< HDF5 as Keras 2 writes it: one network
  onnx,   ///< for other runtimes, with transform, mirror and members in the graph; written only
};

/// By extension: .h5 is Keras', .onnx is ONNX, anything else (and "-") is native.
[[nodiscard]] ModelFormat format_of(std::string_view path);

/// Whether this build writes it: .h5 takes the option OBKIT_KERAS, .onnx OBKIT_ONNX. Keras' files
/// are read in any build.
[[nodiscard]] bool can_write(ModelFormat format);

/// Throws UsageError where this build cannot write the format, or a file of it cannot hold so many
/// members. To be called before the work.
void check_format(ModelFormat format, std::size_t members);

/// The bytes of the file: the same model gives the same. Throws as check_format().
[[nodiscard]] std::string to_bytes(const Model& model, ModelFormat format);

/// What Keras itself does not know when it loads this model's .h5 (transform, mirror): text for a
/// warning. Empty where Keras computes the same as we do.
[[nodiscard]] std::optional<std::string> keras_caveat(const Model& model);

}  // namespace obkit::neural

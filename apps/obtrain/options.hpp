#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/cli/input_options.hpp"
#include "obkit/cli/jobs.hpp"
#include "obkit/cli/progress.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/neural/training.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::obtrain {

/// The options as they were given; absent ones are what the preset says.
struct Arguments {
  obkit::cli::InputOptions input;
  obkit::cli::OutputOptions output{.path = ""};
  std::string model = "network";
  std::string preset = "default";
  std::optional<std::string> layers;
  std::optional<std::string> activation;
  std::string initializer = "glorot";
  std::optional<std::string> transform, optimizer;
  std::optional<double> level_decay, momentum, weight_decay;
  std::optional<bool> level_evidence;
  double learning_rate = 1e-3;
  double l2 = 0;
  std::optional<std::string> sample_weights;
  std::optional<std::string> class_weights;
  std::optional<std::size_t> batch;
  std::optional<int> epochs, patience;
  std::size_t members = 1;
  std::vector<std::string> validation;
  std::optional<std::size_t> walk_forward;
  std::string fold_models;  ///< folder; may be empty
  std::vector<std::string> test;
  std::optional<bool> mirror;
  std::uint32_t seed = 1;
  bool stream = false;
  bool checkpoint = false;
  std::string resume;
  bool json = false;
  std::string history;
  std::string report;
  obkit::cli::JobOptions jobs;
  obkit::cli::ProgressOptions progress;
};

void add_options(CLI::App& app, Arguments& arguments);

/// What is trained.
enum class ModelKind : std::uint8_t {
  network,  ///< on the volumes of one book
  linear,   ///< a ridge logistic regression on the flow of the last books
};

/// How much a sample counts in training: by its run, as many samples as follow each other in time
/// with the same class, or by how many training samples have the label of the same move.
enum class SampleWeights : std::uint8_t { equal, sqrt_run, run, move };

/// How much a sample counts in training, by its class: alike, as if all classes were as frequent,
/// or so where there are three.
enum class ClassWeights : std::uint8_t { equal, balanced, balanced_of_three };

/// What the options mean.
struct Settings {
  ModelKind model = ModelKind::network;
  std::string preset;
  std::vector<std::string> datasets, validation_files, test_files;  ///< files or "-"
  double validation_share = 0;                                      ///< in [0, 1)
  std::size_t folds = 0;                                            ///< of the walk-forward
  bool keeps_fold_models = false;
  /// As they were given, where the recipe has the nearest floats.
  double learning_rate = 0, momentum = 0, weight_decay = 0, l2 = 0;
  obkit::neural::TransformKind transform = obkit::neural::TransformKind::relative;
  double level_decay = 0;
  bool by_evidence = false;
  SampleWeights sample_weights = SampleWeights::equal;
  ClassWeights class_weights = ClassWeights::balanced_of_three;
  std::size_t members = 1;
  bool file_by_file = false;                ///< all epochs on one file before the next
  bool layers_as_given = false;             ///< else the last layer is as wide as there are classes
  std::optional<std::string> spool_folder;  ///< where samples are kept that memory has no room for
  obkit::neural::Recipe recipe;
  bool draws_curves = false;       ///< for a report
  std::string checkpoint, resume;  ///< paths of checkpoints to write and to read; may be empty
  obkit::store::BadLine bad_line = obkit::store::BadLine::refuse;
  std::size_t jobs = 1;
};

/// Throws UsageError for options that contradict each other, IoError for inputs that are missing.
[[nodiscard]] Settings resolve(const Arguments& arguments);

/// "equal", "sqrt-run", "run", "move".
[[nodiscard]] std::string to_string(SampleWeights weights);

}  // namespace obkit::obtrain

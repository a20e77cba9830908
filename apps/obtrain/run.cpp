#include "obtrain/run.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/store/input.hpp"

#include "obtrain/report.hpp"
#include "obtrain/report_page.hpp"
#include "obtrain/sample_sets.hpp"
#include "obtrain/train_model.hpp"
#include "obtrain/training_progress.hpp"

namespace obkit::obtrain {
namespace {

/// Null for no path. Opened before the work, so that what cannot be written is known at once.
std::unique_ptr<ByteSink> open_output(const std::string& path, Existing existing) {
  return path.empty() ? nullptr : open_sink(path, existing);
}

void write_model(const neural::Model& model, const std::string& path, ByteSink& output) {
  using neural::ModelFormat;
  const ModelFormat format = neural::format_of(path);
  output.write(to_bytes(model, format));
  output.close();
  if (format != ModelFormat::keras) return;
  if (const auto caveat = keras_caveat(model)) spdlog::warn("{}", *caveat);
}

/// A file for the model of each fold, by the number of its part; all are opened before the work.
std::vector<std::unique_ptr<ByteSink>> open_folds(const Arguments& arguments,
                                                  const Settings& settings) {
  std::vector<std::unique_ptr<ByteSink>> sinks;
  if (!settings.keeps_fold_models) return sinks;
  std::error_code failure;
  std::filesystem::create_directories(arguments.fold_models, failure);
  if (failure) throw IoError{IoError::During::create, arguments.fold_models, failure.value()};
  for (std::size_t i = 1; i <= settings.folds; ++i)
    sinks.push_back(open_sink(arguments.fold_models + fmt::format("/fold_{:04}.json", i),
                              arguments.output.existing()));
  return sinks;
}

report::File file_of(const std::string& path) {
  return {.name = display_name(path), .sha256 = path == "-" ? "" : store::sha256_of_file(path)};
}

/// The model as it was written, and what it learnt from.
std::vector<report::File> files_of(const Settings& settings, const std::string& model) {
  std::vector<report::File> files;
  if (!model.empty()) files.push_back(file_of(model));
  for (const auto* paths : {&settings.datasets, &settings.validation_files, &settings.test_files})
    for (const std::string& path : *paths) files.push_back(file_of(path));
  return files;
}

std::string name_of(const Settings& settings, const std::string& model) {
  const std::string& path = model.empty() || model == "-" ? settings.datasets.front() : model;
  return path == "-" ? display_name(path) : std::filesystem::path{path}.filename().string();
}

}  // namespace

void run(const Arguments& arguments) {
  const auto settings = resolve(arguments);
  for (const auto* files : {&settings.datasets, &settings.validation_files, &settings.test_files})
    if (const auto text = store::days_out_of_order(*files, store::FileKind::dataset))
      spdlog::warn("{}: samples are taken by their times", *text);
  const std::string& path = arguments.output.path;
  check_format(neural::format_of(path), settings.members, inputs_of(settings));
  const auto output = open_output(path, arguments.output.existing());
  const auto page = open_output(arguments.report, arguments.output.existing());
  History history{open_output(arguments.history, arguments.output.existing())};
  const auto folds = open_folds(arguments, settings);
  SampleSets sets;
  TrainingProgress progress{settings, arguments.progress, history};
  read_sample_sets(settings, sets);
  const auto [model, verdicts, curves, fold_models] = train_model(settings, sets, progress);
  history.close();
  if (output) write_model(model, path, *output);
  for (std::size_t i = 0; i < fold_models.size(); ++i) {
    folds[i]->write(to_bytes(fold_models[i], neural::ModelFormat::json));
    folds[i]->close();
  }
  if (page) {
    page->write(report_page({.model = model,
                             .verdicts = verdicts,
                             .curves = curves,
                             .losses = progress.losses(),
                             .name = name_of(settings, path),
                             .files = files_of(settings, path)}));
    page->close();
  }
  tell(model.training(), verdicts);
  if (!output) spdlog::info("the model was not written: -o says where to");
  if (output && path != "-") spdlog::info("the model is in {}", path);
  if (!arguments.json) return;
  const auto result = open_sink("-", arguments.output.existing());
  result->write(to_json(model.training()) + "\n");
  result->close();
}

}  // namespace obkit::obtrain

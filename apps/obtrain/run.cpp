#include "obtrain/run.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include "obkit/cli/termination.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/input_hashes.hpp"

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

/// The model as it was written, and what it learnt from.
std::vector<report::File> files_of(const Settings& settings, const std::string& model,
                                   const store::InputHashes& hashes) {
  std::vector<report::File> files;
  const auto add = [&](const std::string& path) {
    files.push_back({.name = display_name(path), .sha256 = hashes.of(path)});
  };
  if (!model.empty()) add(model);
  for (const auto* paths : {&settings.datasets, &settings.validation_files, &settings.test_files})
    for (const std::string& path : *paths) add(path);
  return files;
}

std::string name_of(const Settings& settings, const std::string& model) {
  const std::string& path = model.empty() || model == "-" ? settings.datasets.front() : model;
  return path == "-" ? display_name(path) : std::filesystem::path{path}.filename().string();
}

/// Where the results go; nowhere on other ranks than the first.
struct Outputs {
  std::unique_ptr<ByteSink> model, page, history;
  std::vector<std::unique_ptr<ByteSink>> folds;
};

Outputs open_outputs(const Arguments& arguments, const Settings& settings) {
  const Existing existing = arguments.output.existing();
  return {.model = open_output(arguments.output.path, existing),
          .page = open_output(arguments.report, existing),
          .history = open_output(arguments.history, existing),
          .folds = open_folds(arguments, settings)};
}

/// mpirun gives standard input to the first rank alone.
void refuse_standard_input(const Settings& settings) {
  for (const auto* files : {&settings.datasets, &settings.validation_files, &settings.test_files})
    for (const std::string& file : *files)
      if (file == "-")
        throw UsageError{"standard input reaches rank 0 alone: name files that each rank can read"};
}

Settings settings_of(const Arguments& arguments, const Crew& crew) {
  const auto settings = resolve(arguments);
  for (const auto* files : {&settings.datasets, &settings.validation_files, &settings.test_files})
    if (const auto text = store::days_out_of_order(*files, store::FileKind::dataset))
      spdlog::warn("{}: samples are taken by their times", *text);
  check_format(neural::format_of(arguments.output.path), settings.members, inputs_of(settings));
  if (crew.size() > 1) refuse_standard_input(settings);
  return settings;
}

void write_results(const Arguments& arguments, const Settings& settings, Outputs& outputs,
                   const TrainedModel& trained, const TrainingProgress& progress,
                   const store::InputHashes& hashes) {
  const std::string& path = arguments.output.path;
  if (outputs.model) write_model(trained.model, path, *outputs.model);
  for (std::size_t i = 0; i < trained.folds.size(); ++i) {
    outputs.folds[i]->write(to_bytes(trained.folds[i], neural::ModelFormat::json));
    outputs.folds[i]->close();
  }
  if (outputs.page) {
    outputs.page->write(report_page({.model = trained.model,
                                     .verdicts = trained.verdicts,
                                     .curves = trained.curves,
                                     .losses = progress.losses(),
                                     .name = name_of(settings, path),
                                     .files = files_of(settings, path, hashes)}));
    outputs.page->close();
  }
  tell(trained.model.training(), trained.verdicts);
  if (!outputs.model) spdlog::info("the model was not written: -o says where to");
  if (outputs.model && path != "-") spdlog::info("the model is in {}", path);
  if (!arguments.json) return;
  const auto result = open_sink("-", arguments.output.existing());
  result->write(to_json(trained.model.training()) + "\n");
  result->close();
}

}  // namespace

void run(const Arguments& arguments, Crew& crew) {
  Settings settings;
  Outputs outputs;
  store::InputHashes hashes;
  SampleSets sets;
  std::optional<History> history;
  std::optional<TrainingProgress> progress;
  std::optional<cli::TerminationWatch> watch;
  prepare_together(crew, [&] {
    settings = settings_of(arguments, crew);
    if (crew.rank() == 0) outputs = open_outputs(arguments, settings);
    history.emplace(std::move(outputs.history));
    progress.emplace(settings, arguments.progress, *history, crew);
    if (crew.rank() == 0 && !settings.checkpoint.empty())
      watch.emplace([&] { progress->save(); }, std::chrono::milliseconds{0});
    if (outputs.page) sets.hashes = &hashes;
    read_sample_sets(settings, sets);
    return charter(settings, sets);
  });
  const auto trained = train_model(settings, sets, *progress, crew);
  if (!trained) return;
  watch.reset();
  history->close();
  write_results(arguments, settings, outputs, *trained, *progress, hashes);
}

}  // namespace obkit::obtrain

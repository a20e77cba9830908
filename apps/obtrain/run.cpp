#include "obtrain/run.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "obkit/core/byte_stream.hpp"
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
  check_format(neural::format_of(path), settings.members);
  const auto output = open_output(path, arguments.output.existing());
  const auto page = open_output(arguments.report, arguments.output.existing());
  History history{open_output(arguments.history, arguments.output.existing())};
  SampleSets sets;
  TrainingProgress progress{settings, arguments.progress, history};
  read_sample_sets(settings, sets);
  const auto [model, verdicts, curves] = train_model(settings, sets, progress);
  history.close();
  if (output) write_model(model, path, *output);
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

#include "record.hpp"

#include <cstdint>
#include <filesystem>

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

namespace obtrain {
namespace {

using namespace obkit::neural;

std::vector<std::string> source_names(const Settings& settings) {
  std::vector<std::string> names;
  for (const auto* files : {&settings.datasets, &settings.validation_files}) {
    for (const auto& file : *files)
      names.push_back(file == "-" ? obkit::display_name(file)
                                  : std::filesystem::path{file}.filename().string());
  }
  return names;
}

using Options = decltype(TrainingRecord::options);

Options describe(const Settings& settings) {
  const Recipe& recipe = settings.recipe;
  const TrainingOptions& training = recipe.training;
  Options options{{"preset", settings.preset},
                  {"layers", fmt::format("{}", fmt::join(recipe.units, ","))},
                  {"activation", std::string{to_string(recipe.hidden)}},
                  {"transform", settings.relative ? "relative" : "none"},
                  {"mirror", training.mirror == Mirror::on},
                  {"optimizer", std::string{to_string(recipe.optimizer)}},
                  {"learning_rate", settings.learning_rate},
                  {"batch", static_cast<std::int64_t>(training.batch)},
                  {"epochs", std::int64_t{training.epochs}},
                  {"patience", std::int64_t{training.patience}},
                  {"file_by_file", settings.file_by_file}};
  if (settings.validation_files.empty())
    options.emplace_back("validation", settings.validation_share);
  else
    options.emplace_back("validation", "files");
  return options;
}

std::optional<obkit::Timestamp> timestamp(std::optional<obkit::DateTime> time) {
  return time ? to_timestamp(*time) : std::nullopt;
}

}  // namespace

TrainingRecord begin_record(const Settings& settings, const Split& split) {
  TrainingRecord record;
  record.first = timestamp(split.first);
  record.last = timestamp(split.last);
  record.sources = source_names(settings);
  record.training_samples = split.training_size();
  record.validation_samples = split.validation.size();
  record.test_samples = split.test.size();
  record.class_samples = {split.training_size() - split.rises(), split.rises()};
  record.options = describe(settings);
  record.seed = settings.recipe.seed;
  return record;
}

}  // namespace obtrain

#include "record.hpp"

#include <cstdint>
#include <filesystem>
#include <set>

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include "obkit/store/input.hpp"

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

std::vector<std::string> symbols(const Settings& settings) {
  std::set<std::string> names;
  for (const auto* files : {&settings.datasets, &settings.validation_files})
    for (const auto& file : *files) names.insert(obkit::store::symbol_of_dataset(file));
  names.erase("");
  return {names.begin(), names.end()};
}

using Options = decltype(TrainingRecord::options);

/// Those of the optimizer that it has.
void describe_optimizer(const Settings& settings, Options& options) {
  const Recipe& recipe = settings.recipe;
  options.emplace_back("optimizer", std::string{to_string(recipe.optimizer)});
  options.emplace_back("learning_rate", settings.learning_rate);
  if (recipe.optimizer == OptimizerKind::sgd) options.emplace_back("momentum", settings.momentum);
  if (recipe.optimizer == OptimizerKind::adam)
    options.emplace_back("weight_decay", settings.weight_decay);
  options.emplace_back("l2", settings.l2);
}

Options describe(const Settings& settings, const Split& split) {
  const Recipe& recipe = settings.recipe;
  const TrainingOptions& training = recipe.training;
  std::vector<Index> units = recipe.units;
  if (!settings.layers_as_given) units.back() = static_cast<Index>(split.classes());
  Options options{{"preset", settings.preset},
                  {"layers", fmt::format("{}", fmt::join(units, ","))},
                  {"activation", std::string{to_string(recipe.hidden)}},
                  {"initializer", std::string{to_string(recipe.initializer)}},
                  {"transform", std::string{to_string(settings.transform)}},
                  {"level_decay", settings.level_decay},
                  {"level_evidence", settings.by_evidence},
                  {"mirror", training.mirror == Mirror::on},
                  {"members", static_cast<std::int64_t>(settings.members)}};
  describe_optimizer(settings, options);
  options.insert(options.end(), {{"sample_weights", to_string(settings.sample_weights)},
                                 {"batch", static_cast<std::int64_t>(training.batch)},
                                 {"epochs", std::int64_t{training.epochs}},
                                 {"patience", std::int64_t{training.patience}},
                                 {"file_by_file", settings.file_by_file},
                                 {"stream", settings.spool_folder.has_value()}});
  if (settings.validation_files.empty())
    options.emplace_back("validation", settings.validation_share);
  else
    options.emplace_back("validation", "files");
  options.emplace_back("walk_forward", static_cast<std::int64_t>(settings.folds));
  return options;
}

std::string to_line(const std::string& name, const TrainingRecord::Value& value) {
  return std::visit([&](const auto& v) { return fmt::format("{}={}\n", name, v); }, value);
}

std::optional<obkit::Timestamp> timestamp(std::optional<obkit::DateTime> time) {
  return time ? to_timestamp(*time) : std::nullopt;
}

}  // namespace

TrainingRecord begin_record(const Settings& settings, const Split& split) {
  TrainingRecord record;
  record.first = timestamp(split.first());
  record.last = timestamp(split.last());
  record.sources = source_names(settings);
  record.symbols = symbols(settings);
  record.training_samples = split.division.training_size();
  record.validation_samples = split.division.validation.size();
  record.test_samples = split.test.size();
  record.class_samples = split.division.count_classes(split.classes());
  record.options = describe(settings, split);
  record.seed = settings.recipe.seed;
  return record;
}

std::string subject(const Settings& settings, const Split& split) {
  std::string lines =
      fmt::format("label={}\nsamples={}\ndata={:016x}\nseed={}\n", split.samples.label(),
                  split.samples.size(), split.samples.store().fingerprint(), settings.recipe.seed);
  if (split.validation_samples.size() > 0)
    lines +=
        fmt::format("validation_data={:016x}\n", split.validation_samples.store().fingerprint());
  for (const auto& [name, value] : describe(settings, split))
    if (name != "epochs" && name != "walk_forward") lines += to_line(name, value);
  return lines;
}

}  // namespace obtrain

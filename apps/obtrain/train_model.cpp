#include "obtrain/train_model.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include "obkit/cli/jobs.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/instruction_set.hpp"
#include "obkit/core/version.hpp"
#include "obkit/neural/checkpoint.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/neural/training.hpp"
#include "obkit/neural/training_record.hpp"
#include "obkit/store/input.hpp"

#include "obtrain/crew.hpp"
#include "obtrain/division_trainer.hpp"
#include "obtrain/options.hpp"
#include "obtrain/report.hpp"
#include "obtrain/sample_sets.hpp"
#include "obtrain/training_queue.hpp"

namespace obkit::obtrain {
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

void describe_validation(const Settings& settings, Options& options) {
  if (settings.validation_files.empty())
    options.emplace_back("validation", settings.validation_share);
  else
    options.emplace_back("validation", "files");
  options.emplace_back("walk_forward", static_cast<std::int64_t>(settings.folds));
}

Options describe_linear(const Settings& settings) {
  Options options{{"model", "linear"}, {"sample_weights", to_string(settings.sample_weights)}};
  describe_validation(settings, options);
  return options;
}

Options describe(const Settings& settings, const SampleSets& sets) {
  if (settings.model == ModelKind::linear) return describe_linear(settings);
  const Recipe& recipe = settings.recipe;
  const TrainingOptions& training = recipe.training;
  std::vector<Index> units = recipe.units;
  if (!settings.layers_as_given) units.back() = static_cast<Index>(sets.classes());
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
  options.insert(options.end(),
                 {{"sample_weights", to_string(settings.sample_weights)},
                  {"class_weights", is_balanced(settings, sets.classes()) ? "balanced" : "equal"},
                  {"batch", static_cast<std::int64_t>(training.batch)},
                  {"epochs", std::int64_t{training.epochs}},
                  {"patience", std::int64_t{training.patience}},
                  {"file_by_file", settings.file_by_file},
                  {"stream", settings.spool_folder.has_value()}});
  describe_validation(settings, options);
  if (settings.model == ModelKind::both) options.emplace(options.begin(), "model", "both");
  return options;
}

std::string to_line(const std::string& name, const TrainingRecord::Value& value) {
  return std::visit([&](const auto& v) { return fmt::format("{}={}\n", name, v); }, value);
}

std::optional<obkit::Timestamp> timestamp(std::optional<obkit::DateTime> time) {
  return time ? to_timestamp(*time) : std::nullopt;
}

/// What is known before training: samples, sources, options.
TrainingRecord begin_record(const Settings& settings, const SampleSets& sets) {
  TrainingRecord record;
  record.first = timestamp(sets.first());
  record.last = timestamp(sets.last());
  record.sources = source_names(settings);
  record.symbols = symbols(settings);
  record.training_samples = sets.division.training_size();
  record.validation_samples = sets.division.validation.size();
  record.test_samples = sets.test.size();
  record.left_out_samples = sets.division.left_out;
  record.class_samples = sets.division.count_classes(sets.classes());
  record.options = describe(settings, sets);
  record.seed = settings.recipe.seed;
  return record;
}

/// All that must be the same for a training to continue, but for how many epochs it may run: a line
/// `name=value` each.
std::string subject(const Settings& settings, const SampleSets& sets) {
  std::string lines =
      fmt::format("label={}\nsamples={}\ndata={:016x}\nseed={}\n", sets.samples.label(),
                  sets.samples.size(), sets.samples.store().fingerprint(), settings.recipe.seed);
  if (sets.validation_samples.size() > 0)
    lines +=
        fmt::format("validation_data={:016x}\n", sets.validation_samples.store().fingerprint());
  if (sets.division.left_out > 0) lines += fmt::format("left_out={}\n", sets.division.left_out);
  for (const auto& [name, value] : describe(settings, sets))
    if (name != "epochs" && name != "walk_forward") lines += to_line(name, value);
  return lines;
}

/// What each member of the checkpoint continues from.
std::vector<TrainingState> resume(const Settings& settings, const SampleSets& sets,
                                  const Recipe& recipe) {
  std::vector<TrainingState> fresh;
  for (std::size_t i = 0; i < settings.members; ++i)
    fresh.push_back(begin_training(recipe, sets.samples.store(inputs_of(settings)).inputs(), i));
  auto states = read_checkpoint(obkit::read_all(settings.resume, Checkpoint::max_file_bytes),
                                settings.resume, subject(settings, sets), fresh);
  for (const TrainingState& state : states) {
    if (state.part >= sets.division.training.size() ||
        state.epochs > settings.recipe.training.epochs)
      throw DataError{{.name = settings.resume}, "more epochs have been run than --epochs allows"};
  }
  return states;
}

/// What the members begin with: nothing, or what they continue from.
std::vector<TrainingState> begin_members(const Settings& settings, const SampleSets& sets,
                                         const Recipe& recipe, TrainingProgress& progress) {
  std::vector<TrainingState> states;
  if (!settings.resume.empty()) states = resume(settings, sets, recipe);
  progress.begin(subject(settings, sets), states,
                 begin_training(recipe, sets.samples.store(inputs_of(settings)).inputs(), 0));
  return states;
}

/// The time from which a fold's model may judge: no label that it learnt from reaches as far. Its
/// samples are all before, so where two of them share a millisecond the next one counts.
Timestamp end_of_past(const Fold& fold) {
  const SampleTable& table = *fold.predicted.table;
  const DateTime first = table.time_of(fold.predicted.order.front());
  DateTime last{};
  const auto take = [&](const Selection& part) {
    for (const std::uint32_t sample : part.order) last = std::max(last, table.time_of(sample));
  };
  for (const Selection& part : fold.division.training) take(part);
  take(fold.division.validation);
  return std::max(to_timestamp(last).value_or(Timestamp{}),
                  to_timestamp(first).value_or(Timestamp{}) - std::chrono::milliseconds{1});
}

/// The earliest time of what a fold learnt from.
DateTime begin_of_past(const Fold& fold) {
  const SampleTable& table = *fold.predicted.table;
  std::optional<DateTime> first;
  for (const Selection& part : fold.division.training)
    for (const std::uint32_t sample : part.order)
      first = std::min(first.value_or(table.time_of(sample)), table.time_of(sample));
  return first.value_or(DateTime{});
}

/// Without record.
TrainedMembers model_of(const Settings& settings, const DivisionTrainers& trainers,
                        std::vector<TrainedNetwork> members) {
  return settings.model == ModelKind::linear ? trainers.networks().train_linear()
                                             : trainers.networks().model_of(std::move(members));
}

/// The model of a fold, with a record that says what was its past.
Model fold_model(const Settings& settings, const SampleSets& sets, const Fold& fold,
                 TrainedMembers network) {
  TrainingRecord record = begin_record(settings, sets);
  record.first = timestamp(begin_of_past(fold));
  record.last = end_of_past(fold);
  record.training_samples = fold.division.training_size();
  record.validation_samples = fold.division.validation.size();
  record.test_samples = 0;
  record.left_out_samples = fold.division.left_out;
  record.class_samples = fold.division.count_classes(sets.classes());
  record.members = std::move(network.members);
  ModelParts parts = network.model.parts();
  parts.training = std::move(record);
  return Model{std::move(parts)};
}

struct PredictedFold {
  Contest contest;
  std::optional<Model> model;  ///< where it is kept
};

/// How a model of the past alone, and the baselines, predicted one fold.
PredictedFold predict_fold(const Settings& settings, const SampleSets& sets, std::size_t index,
                           const DivisionTrainers& trainers, DivisionNetworks trained) {
  const Fold& fold = sets.folds[index];
  const TrainedMembers network = model_of(settings, trainers, std::move(trained.members));
  const TrainedMembers logistic = trainers.baseline().model_of(std::move(trained.baseline));
  const auto training = fold.division.count_classes(sets.classes());
  PredictedFold result{
      .contest = predict({network.model, logistic.model, training}, fold.predicted),
      .model = std::nullopt};
  if (settings.keeps_fold_models) result.model = fold_model(settings, sets, fold, network);
  return result;
}

/// `models` get those of the folds, where they are kept.
Contest walk_forward(const Settings& settings, const SampleSets& sets, TrainingQueue& queue,
                     std::vector<DivisionNetworks> trained, std::vector<Model>& models) {
  std::vector<std::optional<PredictedFold>> folds(sets.folds.size());
  obkit::cli::run_jobs(folds.size(), settings.jobs, [&](std::size_t i) {
    folds[i] = predict_fold(settings, sets, i, queue.fold(i), std::move(trained[i]));
  });
  Contest all;
  for (auto& fold : folds) {
    all.append(std::move(fold->contest));
    if (fold->model) models.push_back(*std::move(fold->model));
  }
  return all;
}

/// How far the members have come that are continued: the same on each rank.
std::string describe_states(const std::vector<TrainingState>& states) {
  std::string lines;
  for (const TrainingState& state : states)
    lines += fmt::format("checkpoint=part {}, epoch {}, best {}, step {}\n", state.part,
                         state.epochs, state.best_loss, state.optimizer.steps);
  return lines;
}

/// Where validation says which epoch's weights to keep, each epoch of each member is a network that
/// was compared.
std::size_t networks_chosen_from(const Settings& settings, const TrainingRecord& record) {
  if (settings.recipe.training.patience == 0 || settings.model == ModelKind::linear) return 1;
  std::size_t epochs = 0;
  for (const MemberRecord& member : record.members)
    epochs += static_cast<std::size_t>(member.epochs);
  return epochs;
}

}  // namespace

InputKind inputs_of(const Settings& settings) {
  if (settings.model == ModelKind::network) return InputKind::volumes;
  return settings.model == ModelKind::linear ? InputKind::flow : InputKind::both;
}

std::string charter(const Settings& settings, const SampleSets& sets) {
  std::string lines =
      fmt::format("version={}\nprocessor={}\n", version(), to_string(instruction_set())) +
      subject(settings, sets);
  lines += fmt::format("epochs={}\nwalk_forward={}\nfold_models={}\n",
                       settings.recipe.training.epochs, settings.folds, settings.keeps_fold_models);
  if (sets.test_samples.size() > 0)
    lines += fmt::format("test_data={:016x}\n", sets.test_samples.store().fingerprint());
  std::uint64_t order = 0;
  for (const auto& indices : sets.orders)
    for (const std::uint32_t index : indices) order = order * 31 + index + 1;
  return lines + fmt::format("order={:016x}\n", order);
}

std::optional<TrainedModel> train_model(const Settings& settings, const SampleSets& sets,
                                        TrainingProgress& progress, Crew& crew) {
  std::optional<TrainingQueue> queue;
  std::vector<TrainingState> states;
  prepare_together(crew, [&] {
    if (settings.keeps_fold_models && !sets.samples.has_times())
      throw UsageError{"--fold-models: samples without times do not tell what is past"};
    queue.emplace(settings, sets, progress);
    if (settings.model != ModelKind::linear)
      states = begin_members(settings, sets, queue->whole().networks().network(), progress);
    return describe_states(states);
  });
  AllNetworks all = queue->run(crew, states);
  if (crew.rank() > 0) return std::nullopt;
  TrainingRecord record = begin_record(settings, sets);
  TrainedMembers network = model_of(settings, queue->whole(), std::move(all.whole.members));
  record.members = std::move(network.members);
  Verdicts verdicts;
  Curves curves;
  std::vector<Model> folds;
  if (!sets.folds.empty()) {
    const Contest contest = walk_forward(settings, sets, *queue, std::move(all.folds), folds);
    record.walk_forward = contest.evaluate();
    if (settings.draws_curves) curves.walk_forward = contest.curves();
    verdicts.walk_forward = contest.verdict("samples, each predicted from its past alone", 1);
  }
  if (!sets.division.validation.empty() || !sets.test.empty()) {
    const TrainedMembers logistic =
        queue->whole().baseline().model_of(std::move(all.whole.baseline));
    const Contenders contenders{network.model, logistic.model, record.class_samples};
    if (!sets.division.validation.empty()) {
      const Contest contest = predict(contenders, sets.division.validation);
      record.validation = contest.evaluate();
      if (settings.draws_curves) curves.validation = contest.curves();
      verdicts.validation =
          contest.verdict("validation samples", networks_chosen_from(settings, record));
    }
    if (!sets.test.empty()) {
      const Contest contest = predict(contenders, sets.test);
      record.test = contest.evaluate();
      if (settings.draws_curves) curves.test = contest.curves();
      verdicts.test = contest.verdict("test samples", 1);
    }
  }
  progress.finish();
  ModelParts parts = network.model.parts();
  parts.training = std::move(record);
  return TrainedModel{Model{std::move(parts)}, std::move(verdicts), std::move(curves),
                      std::move(folds)};
}

}  // namespace obkit::obtrain

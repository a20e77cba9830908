#include "obtrain/train_model.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
#include "obkit/neural/team.hpp"
#include "obkit/neural/training.hpp"
#include "obkit/neural/training_record.hpp"
#include "obkit/store/input.hpp"

#include "obtrain/crew.hpp"
#include "obtrain/division_trainer.hpp"
#include "obtrain/options.hpp"
#include "obtrain/report.hpp"
#include "obtrain/sample_sets.hpp"

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

const EpochObserver unobserved = [](std::size_t, const Epoch&, const TrainingState&) {};

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

TrainedMembers train_members(const Settings& settings, const DivisionTrainer& trainer,
                             std::vector<TrainingState> states, TrainingProgress& progress) {
  const auto observer = [&](std::size_t member, const Epoch& epoch, const TrainingState& state) {
    progress.epoch(member, epoch, state);
  };
  TrainedMembers trained = trainer.train(trainer.network(), settings.members, std::move(states),
                                         settings.jobs, observer);
  for (std::size_t i = 0; i < settings.members; ++i) progress.finish_member(i);
  return trained;
}

/// Networks of a division, and the baseline beside them.
struct DivisionNetworks {
  TrainedNetworks networks;  ///< none of a linear model
  TrainedNetworks baseline;
};

/// What the ranks of a crew trained for each other.
struct SharedNetworks {
  DivisionNetworks all;  ///< the members, and the baseline where there is something to score
  std::vector<DivisionNetworks> folds;
};

/// The baseline's trainer, which learns from volumes: `trainer` where that does.
const DivisionTrainer& baseline_of(const DivisionTrainer& trainer, const Settings& settings,
                                   const SampleSets& sets, const Division& division,
                                   std::optional<DivisionTrainer>& other) {
  if (settings.model != ModelKind::both) return trainer;
  return other.emplace(settings, sets, division, InputKind::volumes);
}

/// What networks take: a linear model is trained beside those of volumes.
InputKind network_inputs(const Settings& settings) {
  return settings.model == ModelKind::both ? InputKind::both : InputKind::volumes;
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

DivisionNetworks train_fold(const Settings& settings, std::size_t fold,
                            const DivisionTrainer& trainer, const DivisionTrainer& baseline,
                            TrainingProgress& progress, const Team& team = alone()) {
  const auto observer = [&](std::size_t, const Epoch& epoch, const TrainingState&) {
    if (team.rank() == 0) progress.fold_epoch(fold, epoch);
  };
  DivisionNetworks trained;
  if (settings.model != ModelKind::linear)
    trained.networks =
        trainer.train_networks(trainer.network(), {0, settings.members}, {}, 1, observer, team);
  trained.baseline = baseline.train_networks(baseline.logistic(), {0, 1}, {}, 1, unobserved, team);
  return trained;
}

struct PredictedFold {
  Contest contest;
  std::optional<Model> model;  ///< where it is kept
};

/// How a model of the past alone, and the baselines, predicted one fold. `shared` may be null: this
/// process trains them.
PredictedFold predict_fold(const Settings& settings, const SampleSets& sets, std::size_t index,
                           TrainingProgress& progress, SharedNetworks* shared) {
  const Fold& fold = sets.folds[index];
  const DivisionTrainer trainer{settings, sets, fold.division, network_inputs(settings)};
  std::optional<DivisionTrainer> other;
  const DivisionTrainer& baseline = baseline_of(trainer, settings, sets, fold.division, other);
  DivisionNetworks trained = shared != nullptr
                                 ? std::move(shared->folds[index])
                                 : train_fold(settings, index, trainer, baseline, progress);
  const TrainedMembers network = settings.model == ModelKind::linear
                                     ? trainer.train_linear()
                                     : trainer.model_of(std::move(trained.networks));
  const TrainedMembers logistic = baseline.model_of(std::move(trained.baseline));
  const auto training = fold.division.count_classes(sets.classes());
  PredictedFold result{
      .contest = predict({network.model, logistic.model, training}, fold.predicted),
      .model = std::nullopt};
  if (settings.keeps_fold_models) result.model = fold_model(settings, sets, fold, network);
  return result;
}

/// `models` get those of the folds, where they are kept.
Contest walk_forward(const Settings& settings, const SampleSets& sets, TrainingProgress& progress,
                     SharedNetworks* shared, std::vector<Model>& models) {
  std::vector<std::optional<PredictedFold>> folds(sets.folds.size());
  obkit::cli::run_jobs(folds.size(), settings.jobs, [&](std::size_t i) {
    folds[i] = predict_fold(settings, sets, i, progress, shared);
  });
  Contest all;
  for (auto& fold : folds) {
    all.append(std::move(fold->contest));
    if (fold->model) models.push_back(*std::move(fold->model));
  }
  return all;
}

// What is sent between ranks: they run on the same kind of processor.

void append_bytes(std::string& bytes, const void* from, std::size_t size) {
  bytes.append(static_cast<const char*>(from), size);
}

void take_bytes(std::string_view& bytes, void* to, std::size_t size) {
  std::memcpy(to, bytes.data(), size);
  bytes.remove_prefix(size);
}

void pack(std::string& bytes, TrainedNetworks trained) {
  const std::size_t count = trained.networks.size();
  append_bytes(bytes, &count, sizeof count);
  for (std::size_t i = 0; i < count; ++i) {
    const MemberRecord& record = trained.records[i];
    const std::size_t length = record.stopped.size();
    append_bytes(bytes, &record.epochs, sizeof record.epochs);
    append_bytes(bytes, &record.best_epoch, sizeof record.best_epoch);
    append_bytes(bytes, &length, sizeof length);
    bytes += record.stopped;
    for (const auto& block : trained.networks[i].parameters())
      append_bytes(bytes, block.data(), block.size_bytes());
  }
}

/// Networks shaped like `shape`.
TrainedNetworks unpack(std::string_view& bytes, const Network& shape) {
  TrainedNetworks trained;
  std::size_t count = 0, length = 0;
  take_bytes(bytes, &count, sizeof count);
  for (std::size_t i = 0; i < count; ++i) {
    MemberRecord record;
    take_bytes(bytes, &record.epochs, sizeof record.epochs);
    take_bytes(bytes, &record.best_epoch, sizeof record.best_epoch);
    take_bytes(bytes, &length, sizeof length);
    record.stopped = bytes.substr(0, length);
    bytes.remove_prefix(length);
    trained.records.push_back(std::move(record));
    Network& network = trained.networks.emplace_back(shape);
    for (const auto& block : network.parameters())
      take_bytes(bytes, block.data(), block.size_bytes());
  }
  return trained;
}

/// All networks of a training, in pieces that ranks share out: each member, then each fold, then
/// the baseline.
class SharedTraining {
 public:
  SharedTraining(const Settings& settings, const SampleSets& sets, const DivisionTrainer& trainer,
                 const DivisionTrainer& baseline, TrainingProgress& progress)
      : settings_{settings},
        sets_{sets},
        trainer_{trainer},
        baseline_{baseline},
        progress_{progress},
        members_{settings.model == ModelKind::linear ? 0 : settings.members} {}

  /// What each piece costs, as far as that can be known.
  [[nodiscard]] std::vector<double> costs() const;
  /// A piece of work for share_out(). Members continue from `states`.
  [[nodiscard]] std::string train(std::size_t piece, const std::vector<TrainingState>& states,
                                  const Team& team) const;
  [[nodiscard]] SharedNetworks unpack_all(const std::vector<std::string>& results) const;

 private:
  [[nodiscard]] bool scores_something() const {
    return !sets_.division.validation.empty() || !sets_.test.empty();
  }

  const Settings& settings_;
  const SampleSets& sets_;
  const DivisionTrainer& trainer_;
  const DivisionTrainer& baseline_;
  TrainingProgress& progress_;
  std::size_t members_;
};

std::vector<double> SharedTraining::costs() const {
  // Weights whose training takes as long as it takes to gather and transform a sample.
  constexpr double weights_a_sample = 4'000;
  const auto cost = [&](const Recipe& recipe, InputKind takes, const Division& division) {
    const Index inputs = sets_.samples.store(takes).inputs();
    return (static_cast<double>(count_parameters(inputs, recipe.units)) + weights_a_sample) *
           static_cast<double>(division.training_size());
  };
  const auto network = [&](const Division& division) {
    return members_ > 0 ? cost(trainer_.network(), network_inputs(settings_), division) : 0;
  };
  const auto baseline = [&](const Division& division) {
    return cost(baseline_.logistic(), InputKind::volumes, division);
  };
  std::vector<double> costs(members_, network(sets_.division));
  for (const Fold& fold : sets_.folds)
    costs.push_back(network(fold.division) * static_cast<double>(members_) +
                    baseline(fold.division));
  if (scores_something()) costs.push_back(baseline(sets_.division));
  return costs;
}

std::string SharedTraining::train(std::size_t piece, const std::vector<TrainingState>& states,
                                  const Team& team) const {
  std::string bytes;
  if (piece < members_) {
    const auto observer = [&](std::size_t member, const Epoch& epoch, const TrainingState& state) {
      if (team.rank() == 0) progress_.epoch(member, epoch, state);
    };
    std::vector<TrainingState> begin;
    if (!states.empty()) begin.push_back(states[piece]);
    pack(bytes, trainer_.train_networks(trainer_.network(), {piece, piece + 1}, std::move(begin), 1,
                                        observer, team));
    if (team.rank() == 0) progress_.finish_member(piece);
    return bytes;
  }
  const std::size_t index = piece - members_;
  if (index == sets_.folds.size()) {
    pack(bytes, baseline_.train_networks(baseline_.logistic(), {0, 1}, {}, 1, unobserved, team));
    return bytes;
  }
  const Division& division = sets_.folds[index].division;
  const DivisionTrainer trainer{settings_, sets_, division, network_inputs(settings_)};
  std::optional<DivisionTrainer> other;
  const auto trained =
      train_fold(settings_, index, trainer, baseline_of(trainer, settings_, sets_, division, other),
                 progress_, team);
  pack(bytes, trained.networks);
  pack(bytes, trained.baseline);
  return bytes;
}

SharedNetworks SharedTraining::unpack_all(const std::vector<std::string>& results) const {
  const auto shape = [&](const Recipe& recipe, InputKind takes) {
    return begin_training(recipe, sets_.samples.store(takes).inputs(), 0).network;
  };
  const Network simple = shape(baseline_.logistic(), InputKind::volumes);
  const Network network =
      members_ > 0 ? shape(trainer_.network(), network_inputs(settings_)) : simple;
  SharedNetworks shared;
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::string_view bytes = results[i];
    if (i < members_) {
      TrainedNetworks one = unpack(bytes, network);
      shared.all.networks.networks.push_back(std::move(one.networks.front()));
      shared.all.networks.records.push_back(std::move(one.records.front()));
    } else if (i < members_ + sets_.folds.size()) {
      TrainedNetworks networks = unpack(bytes, network);
      shared.folds.push_back({std::move(networks), unpack(bytes, simple)});
    } else {
      shared.all.baseline = unpack(bytes, simple);
    }
  }
  return shared;
}

/// How far the members have come that are continued: the same on each rank.
std::string describe_states(const std::vector<TrainingState>& states) {
  std::string lines;
  for (const TrainingState& state : states)
    lines += fmt::format("checkpoint=part {}, epoch {}, best {}, step {}\n", state.part,
                         state.epochs, state.best_loss, state.optimizer.steps);
  return lines;
}

/// Trains all networks with the other ranks.
SharedNetworks train_with(Crew& crew, const SharedTraining& training, const Settings& settings,
                          const std::vector<TrainingState>& states, TrainingProgress& progress) {
  const std::size_t batch = settings.recipe.training.batch;
  const Sharing sharing{.blocks = (batch + block_size - 1) / block_size,
                        .jobs = settings.jobs,
                        .finish = [&] { progress.finish_own(); }};
  const auto train = [&](std::size_t piece, const Team& team) {
    return training.train(piece, states, team);
  };
  return training.unpack_all(share_out(crew, training.costs(), sharing, train));
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
  std::optional<DivisionTrainer> first, other;
  std::vector<TrainingState> states;
  prepare_together(crew, [&] {
    if (settings.keeps_fold_models && !sets.samples.has_times())
      throw UsageError{"--fold-models: samples without times do not tell what is past"};
    first.emplace(settings, sets, sets.division, network_inputs(settings));
    if (settings.model != ModelKind::linear)
      states = begin_members(settings, sets, first->network(), progress);
    return describe_states(states);
  });
  const DivisionTrainer& trainer = *first;
  const DivisionTrainer& baseline = baseline_of(trainer, settings, sets, sets.division, other);
  std::optional<SharedNetworks> shared;
  if (crew.size() > 1)
    shared =
        train_with(crew, {settings, sets, trainer, baseline, progress}, settings, states, progress);
  if (crew.rank() > 0) return std::nullopt;
  TrainingRecord record = begin_record(settings, sets);
  TrainedMembers network = settings.model == ModelKind::linear ? trainer.train_linear()
                           : shared ? trainer.model_of(std::move(shared->all.networks))
                                    : train_members(settings, trainer, std::move(states), progress);
  record.members = std::move(network.members);
  Verdicts verdicts;
  Curves curves;
  std::vector<Model> folds;
  if (!sets.folds.empty()) {
    const Contest contest =
        walk_forward(settings, sets, progress, shared ? &*shared : nullptr, folds);
    record.walk_forward = contest.evaluate();
    if (settings.draws_curves) curves.walk_forward = contest.curves();
    verdicts.walk_forward = contest.verdict("samples, each predicted from its past alone", 1);
  }
  if (!sets.division.validation.empty() || !sets.test.empty()) {
    const TrainedMembers logistic = shared
                                        ? baseline.model_of(std::move(shared->all.baseline))
                                        : baseline.train(baseline.logistic(), 1, {}, 1, unobserved);
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

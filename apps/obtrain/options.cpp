#include "obtrain/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "obkit/cli/tool.hpp"
#include "obkit/cli/values.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/neural/dense.hpp"
#include "obkit/neural/input_transform.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/store/input.hpp"

namespace obkit::obtrain {
namespace {

using obkit::neural::Activation;
using obkit::neural::Index;
using obkit::neural::Initializer;
using obkit::neural::Mirror;
using obkit::neural::OptimizerKind;
using obkit::neural::TransformKind;

constexpr std::array<const char*, 4> weight_names{"equal", "sqrt-run", "run", "move"};
constexpr double default_weight_decay = 2;
constexpr std::size_t spool_window = 65'536;

std::optional<Index> parse_units(std::string_view text) {
  Index value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc{} && end == text.data() + text.size() && value > 0;
  return good && value <= obkit::neural::Network::max_parameters ? std::optional{value}
                                                                 : std::nullopt;
}

std::vector<Index> parse_layers(std::string_view text) {
  std::vector<Index> units;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const auto width = parse_units(text.substr(begin, end - begin));
    if (!width)
      throw UsageError{"--layers: expected units such as 100,50,2, found '" + std::string{text} +
                       "'"};
    units.push_back(*width);
    begin = end + 1;
  }
  if (units.back() != 2 && units.back() != 3) {
    throw UsageError{
        "--layers: the last layer must have 2 units, one for falls and one for rises, or a third "
        "for prices that stay, found " +
        std::to_string(units.back())};
  }
  return units;
}

void read_validation(const Arguments& arguments, Settings& settings) {
  const auto& given = arguments.validation;
  settings.validation_share = arguments.preset == "original" ? 0 : 0.15;
  if (given.empty()) return;
  const auto share = obkit::parse_number(given.front());
  settings.validation_share = share.value_or(0);
  if (!share) {
    settings.validation_files = obkit::store::expand_inputs(given, obkit::store::FileKind::dataset);
    return;
  }
  if (given.size() > 1) {
    throw UsageError{"--validation: expected a share or files, found '" + given[0] + " " +
                     given[1] + "' (name the datasets before the options)"};
  }
  if (*share < 0 || *share >= 1)
    throw UsageError{"--validation: expected a share from 0 to less than 1, found " + given[0]};
}

/// The original's: raw volumes, RMSprop, one epoch over each file, nothing held back.
void apply_original(Settings& settings) {
  settings.transform = TransformKind::none;
  settings.file_by_file = true;
  settings.class_weights = ClassWeights::equal;
  settings.recipe.optimizer = obkit::neural::OptimizerKind::rmsprop;
  settings.recipe.training = {.epochs = 1, .batch = 32, .patience = 0, .mirror = Mirror::off};
}

void apply_network(const Arguments& arguments, Settings& settings) {
  auto& recipe = settings.recipe;
  if (arguments.layers) recipe.units = parse_layers(*arguments.layers);
  settings.layers_as_given = arguments.layers.has_value();
  recipe.hidden = *obkit::neural::parse_activation(arguments.activation.value_or("sigmoid"));
  recipe.initializer = *obkit::neural::parse_initializer(arguments.initializer);
  if (arguments.transform)
    settings.transform = *obkit::neural::parse_transform(*arguments.transform);
  const double usual = settings.transform == TransformKind::none ? 0 : 1;
  settings.level_decay = arguments.level_decay.value_or(usual);
  settings.by_evidence =
      arguments.level_evidence.value_or(settings.transform == TransformKind::relative);
  settings.members = arguments.members;
}

void apply_optimizer(const Arguments& arguments, Settings& settings) {
  auto& recipe = settings.recipe;
  auto& training = recipe.training;
  if (arguments.optimizer) recipe.optimizer = *obkit::neural::parse_optimizer(*arguments.optimizer);
  settings.learning_rate = arguments.learning_rate;
  settings.momentum = arguments.momentum.value_or(0);
  settings.weight_decay = arguments.weight_decay.value_or(default_weight_decay);
  settings.l2 = arguments.l2;
  recipe.learning_rate = static_cast<float>(settings.learning_rate);
  recipe.momentum = static_cast<float>(settings.momentum);
  recipe.weight_decay = static_cast<float>(settings.weight_decay);
  training.l2 = static_cast<float>(settings.l2);
  training.epochs = arguments.epochs.value_or(training.epochs);
  training.batch = arguments.batch.value_or(training.batch);
  training.patience = arguments.patience.value_or(training.patience);
}

void apply_samples(const Arguments& arguments, Settings& settings) {
  const std::string usual = settings.model == ModelKind::network ? "equal" : "move";
  const auto* const weights =
      std::find(weight_names.begin(), weight_names.end(), arguments.sample_weights.value_or(usual));
  settings.sample_weights = static_cast<SampleWeights>(weights - weight_names.begin());
  if (arguments.class_weights)
    settings.class_weights =
        *arguments.class_weights == "balanced" ? ClassWeights::balanced : ClassWeights::equal;
  settings.folds = arguments.walk_forward.value_or(0);
  settings.keeps_fold_models = !arguments.fold_models.empty();
  if (arguments.mirror)
    settings.recipe.training.mirror = *arguments.mirror ? Mirror::on : Mirror::off;
  if (!arguments.stream) return;
  settings.spool_folder = obkit::cli::scratch_folder();
  settings.recipe.training.window = spool_window;
}

/// MODEL.checkpoint, or the checkpoint itself.
std::string checkpoint_of(const std::string& model) {
  constexpr std::string_view suffix = ".checkpoint";
  return model.ends_with(suffix) ? model : model + std::string{suffix};
}

constexpr double most_learning_rate = 1e30;

/// Written so that NaN is refused.
void expect_range(const char* option, double value, double least, double most) {
  if (value >= least && value <= most) return;
  throw UsageError{std::string{option} + ": expected a number from " + obkit::to_text(least) +
                   " to " + obkit::to_text(most) + ", found " + obkit::to_text(value)};
}

void refuse_values(const Settings& settings) {
  if (!(settings.learning_rate > 0 && settings.learning_rate <= most_learning_rate))
    throw UsageError{"--learning-rate: expected a number above 0, at most 1e30"};
  expect_range("--level-decay", settings.level_decay, 0,
               obkit::neural::InputTransform::greatest_decay);
  expect_range("--weight-decay", settings.weight_decay, 0, most_learning_rate);
  expect_range("--l2", settings.l2, 0, most_learning_rate);
  if (!(settings.momentum >= 0 && settings.momentum < 1))
    throw UsageError{"--momentum: expected a number from 0 to less than 1, found " +
                     obkit::to_text(settings.momentum)};
}

/// What only a network has.
void refuse_options_of_networks(const Arguments& given) {
  const Arguments usual;
  const std::array<std::pair<const char*, bool>, 23> options{
      {{"--preset", given.preset != usual.preset},
       {"--layers", given.layers.has_value()},
       {"--activation", given.activation.has_value()},
       {"--initializer", given.initializer != usual.initializer},
       {"--transform", given.transform.has_value()},
       {"--level-decay", given.level_decay.has_value()},
       {"--level-evidence", given.level_evidence.has_value()},
       {"--members", given.members != usual.members},
       {"--optimizer", given.optimizer.has_value()},
       {"--learning-rate", given.learning_rate != usual.learning_rate},
       {"--momentum", given.momentum.has_value()},
       {"--weight-decay", given.weight_decay.has_value()},
       {"--l2", given.l2 != usual.l2},
       {"--batch", given.batch.has_value()},
       {"--epochs", given.epochs.has_value()},
       {"--patience", given.patience.has_value()},
       {"--class-weights", given.class_weights.has_value()},
       {"--mirror", given.mirror.has_value()},
       {"--seed", given.seed != usual.seed},
       {"--stream", given.stream},
       {"--checkpoint", given.checkpoint},
       {"--resume", !given.resume.empty()},
       {"--history", !given.history.empty()}}};
  for (const auto& [name, is_given] : options)
    if (is_given) throw UsageError{std::string{name} + " is for networks, not --model linear"};
}

/// An option that the others leave without effect would mislead.
void refuse_idle_options(const Arguments& arguments, const Settings& settings) {
  const OptimizerKind optimizer = settings.recipe.optimizer;
  if (arguments.momentum && optimizer != OptimizerKind::sgd)
    throw UsageError{"--momentum is for --optimizer sgd"};
  if (arguments.weight_decay && optimizer != OptimizerKind::adam)
    throw UsageError{"--weight-decay is for --optimizer adam; --l2 is for all"};
  if (arguments.level_decay && settings.transform == TransformKind::none)
    throw UsageError{"--level-decay: --transform none leaves volumes as they are"};
  if (arguments.level_evidence.value_or(false) && settings.transform == TransformKind::none)
    throw UsageError{"--level-evidence: --transform none leaves volumes as they are"};
  if (arguments.activation && settings.layers_as_given && settings.recipe.units.size() == 1)
    throw UsageError{"--activation: a network of one layer has none before the last (--layers)"};
  const bool has_validation = settings.validation_share > 0 || !settings.validation_files.empty();
  if (arguments.patience.value_or(0) > 0 && !has_validation) {
    throw UsageError{
        "--patience: nothing tells when to stop without validation samples (--validation)"};
  }
  if (settings.keeps_fold_models && settings.folds == 0)
    throw UsageError{"--fold-models: there are no folds without --walk-forward"};
  if (settings.folds > 0 && !settings.validation_files.empty())
    throw UsageError{
        "--walk-forward divides the datasets by time: --validation must be a share, not files"};
}

void refuse_outputs(const Arguments& arguments) {
  const std::string& model = arguments.output.path;
  const auto both = [](const std::string& first, const std::string& second) {
    return UsageError{first + " and " + second + " would both write to standard output"};
  };
  if (arguments.json && model == "-") throw both("--json", "-o -");
  if (arguments.json && arguments.history == "-") throw both("--json", "--history -");
  if (arguments.json && arguments.report == "-") throw both("--json", "--report -");
  if (model == "-" && arguments.report == "-") throw both("-o -", "--report -");
  if (arguments.history == "-" && arguments.report == "-") throw both("--history -", "--report -");
  if (!arguments.history.empty() && arguments.history == model)
    throw UsageError{"--history and -o name the same output: " + arguments.history};
  if (arguments.checkpoint && (model.empty() || model == "-"))
    throw UsageError{"--checkpoint: -o must name the model's file, beside which it goes"};
}

/// A sample that was learnt proves nothing, and what is read must not be replaced: throws
/// UsageError where a file serves two ends, or one twice.
void refuse_shared_files(const Arguments& arguments, const Settings& settings) {
  std::vector<obkit::cli::NamedFile> inputs, outputs;
  const auto add = [](auto& to, const std::vector<std::string>& files, const char* option) {
    for (const auto& file : files)
      if (!file.empty()) to.push_back({option, file});
  };
  add(inputs, settings.datasets, "");
  add(inputs, settings.validation_files, "--validation");
  add(inputs, settings.test_files, "--test");
  add(outputs, {arguments.output.path}, "-o");
  add(outputs, {arguments.history}, "--history");
  add(outputs, {settings.checkpoint}, "--checkpoint");
  add(outputs, {arguments.report}, "--report");
  obkit::cli::refuse_shared_files(inputs, outputs);
}

/// Throws UsageError for values out of their range and options that exclude each other.
void refuse_contradictions(const Arguments& arguments, const Settings& settings) {
  if (settings.model == ModelKind::linear) refuse_options_of_networks(arguments);
  if (settings.model == ModelKind::both && settings.file_by_file)
    throw UsageError{"--preset original is for networks, not --model both"};
  refuse_values(settings);
  refuse_idle_options(arguments, settings);
  refuse_outputs(arguments);
}

/// As their library names them.
template <typename Choice>
std::vector<std::string> names_of(std::initializer_list<Choice> choices) {
  std::vector<std::string> names;
  for (const Choice choice : choices) names.emplace_back(to_string(choice));
  return names;
}

void add_network_options(CLI::App& app, Arguments& arguments) {
  obkit::cli::begin_group(app, obkit::cli::model_group);
  app.add_option("--model", arguments.model,
                 "'network' on the volumes of a book, or 'linear', a logistic regression on what "
                 "the last books did (obdataset --flow), or 'both': the mean of that and a network "
                 "on all of it")
      ->check(obkit::cli::one_of({"network", "linear", "both"}))
      ->capture_default_str();
  app.add_option("--layers", arguments.layers,
                 "Units of each dense layer; the last is softmax and has a unit for each class")
      ->type_name("LIST")
      ->default_str("100,50,2, or 3 with three classes");
  app.add_option("--activation", arguments.activation, "Of the layers before the last")
      ->check(obkit::cli::one_of(
          names_of({Activation::sigmoid, Activation::tanh, Activation::relu, Activation::linear})))
      ->default_str("sigmoid");
  app.add_option("--initializer", arguments.initializer,
                 "First weights: 'glorot', or 'he', which suits relu")
      ->check(obkit::cli::one_of(names_of({Initializer::glorot, Initializer::he})))
      ->capture_default_str();
  app.add_option("--transform", arguments.transform,
                 "Of each volume: 'relative' to the usual one at its level, 'log', 'zscore', "
                 "'share' of the book, or 'none'")
      ->check(obkit::cli::one_of(
          names_of({TransformKind::relative, TransformKind::none, TransformKind::log,
                    TransformKind::zscore, TransformKind::share})))
      ->default_str("relative");
  app.add_option("--level-decay", arguments.level_decay,
                 "Inputs count (1 + k)^-X at distance k from the spread, 0 to 100")
      ->default_str("1; 0 with --transform none");
  auto* evidence =
      app.add_flag_callback(
             "--level-evidence", [&] { arguments.level_evidence = true; },
             "Inputs beyond the best level count as far as the training samples prove that they "
             "know more than that")
          ->default_str("on with --transform relative");
  app.add_flag_callback(
         "--no-level-evidence", [&] { arguments.level_evidence = false; },
         "They count by their distance alone")
      ->excludes(evidence);
  app.add_option("--members", arguments.members,
                 "Train so many networks into one model, which predicts their mean")
      ->check(obkit::cli::whole_number(1, obkit::neural::Model::max_members))
      ->capture_default_str();
}

void add_optimizer_options(CLI::App& app, Arguments& arguments) {
  obkit::cli::begin_group(app, "Training");
  app.add_option("--preset", arguments.preset,
                 "Where the other options start from; 'original' is the recipe of "
                 "pyOrderbookTrading: transform none, rmsprop, batch 32, one epoch over each file "
                 "in turn, no validation, no mirror")
      ->check(obkit::cli::one_of({"default", "original"}))
      ->capture_default_str();
  app.add_option("--optimizer", arguments.optimizer, "'adam' (AdamW), 'rmsprop' or 'sgd'")
      ->check(obkit::cli::one_of(
          names_of({OptimizerKind::adam, OptimizerKind::rmsprop, OptimizerKind::sgd})))
      ->default_str("adam");
  app.add_option("--learning-rate", arguments.learning_rate, "Step size of the optimizer")
      ->capture_default_str();
  app.add_option("--momentum", arguments.momentum, "Of sgd, 0 to less than 1")->default_str("0");
  app.add_option("--weight-decay", arguments.weight_decay,
                 "Of adam: a step takes learning rate x X of each weight away")
      ->default_str("2");
  app.add_option("--l2", arguments.l2, "Penalty X x (sum of squared weights) in the loss")
      ->capture_default_str();
  app.add_option("--batch", arguments.batch, "Samples a step")
      ->check(obkit::cli::whole_number(1, 1'000'000))
      ->default_str("64");
  app.add_option("--epochs", arguments.epochs, "Rounds over the samples at most")
      ->check(obkit::cli::whole_number(1, 1'000'000))
      ->default_str("60");
  app.add_option("--patience", arguments.patience,
                 "Stop after so many epochs without a better validation loss and keep the best "
                 "weights; 0: never")
      ->check(obkit::cli::whole_number(0, 1'000'000))
      ->default_str("4");
}

void add_validation_options(CLI::App& app, Arguments& arguments) {
  obkit::cli::begin_group(app, "Validation");
  app.add_option("--validation", arguments.validation,
                 "Hold back the last share of the samples in time, or use these datasets, to see "
                 "when to stop; 0: none")
      ->type_name("SHARE|FILE")
      ->default_str("0.15");
  app.add_option("--walk-forward", arguments.walk_forward,
                 "Also train on the past alone of each of K parts of the time that follow each "
                 "other, and report how those were predicted")
      ->check(obkit::cli::whole_number(1, 1000))
      ->type_name("K");
  app.add_option("--fold-models", arguments.fold_models,
                 "Write the model of each part's past to this folder, for --model DIR of obsignal "
                 "and obbacktest")
      ->type_name("DIR");
  app.add_option("--test", arguments.test,
                 "Score the finished model once on these datasets, of which training sees nothing")
      ->type_name("FILE|DIR");
}

void add_sample_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--sample-weights", arguments.sample_weights,
                 "'equal', or less for samples that follow each other with the same direction: 1 "
                 "by the length of that 'run', or by its root, 'sqrt-run'; 'move': each move "
                 "counts alike, however many samples have its label")
      ->check(obkit::cli::one_of(names_of({SampleWeights::equal, SampleWeights::sqrt_run,
                                           SampleWeights::run, SampleWeights::move})))
      ->default_str("equal; move with --model linear and both");
  app.add_option("--class-weights", arguments.class_weights,
                 "'equal', or 'balanced': samples of a rare class count for more, so that all "
                 "classes count alike")
      ->check(obkit::cli::one_of({"equal", "balanced"}))
      ->default_str("equal; balanced with three classes");
  auto* mirror =
      app.add_flag_callback(
             "--mirror", [&] { arguments.mirror = true; },
             "Learn every book also with bids and asks, falls and rises swapped, and take the mean "
             "of both views")
          ->default_str("on");
  app.add_flag_callback(
         "--no-mirror", [&] { arguments.mirror = false; }, "Take books only as they are")
      ->excludes(mirror);
  app.add_flag("--stream", arguments.stream,
               "Keep the samples in a temporary file (TMPDIR) instead of memory, and shuffle "
               "65,536 neighbours at a time: for more than memory holds");
}

void add_resume_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--seed", arguments.seed, "Of the first weights and of the order of samples")
      ->capture_default_str();
  app.add_flag("--checkpoint", arguments.checkpoint,
               "Keep what --resume needs in MODEL.checkpoint, written after epochs");
  app.add_option("--resume", arguments.resume,
                 "Go on from MODEL.checkpoint as if training had not stopped; samples and options "
                 "must be the same, but for --epochs")
      ->type_name("FILE");
}

void add_report_options(CLI::App& app, Arguments& arguments) {
  obkit::cli::begin_group(app, obkit::cli::output_group);
  add_output_options(app, arguments.output,
                     "Write the model to this file, '-' for standard output (without -o nothing is "
                     "written but the report)");
  app.add_flag("--json", arguments.json,
               "Print the training record as one JSON object on standard output");
  app.add_option("--history", arguments.history, "Write the losses of each epoch as CSV")
      ->type_name("FILE");
  app.add_option("--report", arguments.report,
                 "Write a page (HTML, offline) of losses, scores beside the baselines', and levels")
      ->type_name("FILE.html");
  add_jobs_option(app, arguments.jobs, "Threads that read files, train members and folds");
  add_progress_options(app, arguments.progress);
}

constexpr const char* examples =
    "Beside the network the report shows what the simplest rules reach on the same samples.\n\n"
    "Examples:\n"
    "  obtrain Datasets/XBTUSD_20190823.ds -o model.json\n"
    "  obdataset books -o - | obtrain - -o model.json --seed 7";

}  // namespace

std::string to_string(ModelKind model) {
  constexpr std::array<const char*, 3> names{"network", "linear", "both"};
  return names.at(static_cast<std::size_t>(model));
}

std::string to_string(SampleWeights weights) {
  return weight_names.at(static_cast<std::size_t>(weights));
}

Settings resolve(const Arguments& arguments) {
  using obkit::store::expand_inputs;
  using obkit::store::FileKind;
  Settings settings;
  if (arguments.model == "linear") settings.model = ModelKind::linear;
  if (arguments.model == "both") settings.model = ModelKind::both;
  settings.preset = arguments.preset;
  settings.recipe.seed = arguments.seed;
  if (arguments.preset == "original") apply_original(settings);
  apply_network(arguments, settings);
  apply_optimizer(arguments, settings);
  apply_samples(arguments, settings);
  read_validation(arguments, settings);
  if (!arguments.resume.empty()) settings.resume = checkpoint_of(arguments.resume);
  refuse_contradictions(arguments, settings);
  settings.datasets = expand_inputs(arguments.input.inputs, FileKind::dataset);
  settings.test_files = expand_inputs(arguments.test, FileKind::dataset);
  if (arguments.checkpoint ||
      (!settings.resume.empty() && !arguments.output.path.empty() && arguments.output.path != "-"))
    settings.checkpoint = checkpoint_of(arguments.output.path);
  refuse_shared_files(arguments, settings);
  settings.bad_line =
      arguments.input.skip_bad ? obkit::store::BadLine::skip : obkit::store::BadLine::refuse;
  settings.jobs = arguments.jobs.jobs;
  settings.draws_curves = !arguments.report.empty();
  return settings;
}

void add_options(CLI::App& app, Arguments& arguments) {
  app.footer(examples);
  add_input_options(app, arguments.input, "DATASET",
                    "Datasets: .ds files, folders of them, '-' for standard input");
  add_network_options(app, arguments);
  add_optimizer_options(app, arguments);
  add_sample_options(app, arguments);
  add_resume_options(app, arguments);
  add_validation_options(app, arguments);
  add_report_options(app, arguments);
}

}  // namespace obkit::obtrain

#include "settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "obkit/cli/scratch_folder.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"

#include "contradictions.hpp"

namespace obtrain {
namespace {

using obkit::UsageError;
using obkit::neural::Index;
using obkit::neural::Mirror;
using obkit::neural::TransformKind;

constexpr std::array<const char*, 3> weight_names{"equal", "sqrt-run", "run"};
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
  settings.recipe.optimizer = obkit::neural::OptimizerKind::rmsprop;
  settings.recipe.training = {.epochs = 1, .batch = 32, .patience = 0, .mirror = Mirror::off};
}

void apply_network(const Arguments& arguments, Settings& settings) {
  auto& recipe = settings.recipe;
  if (arguments.layers) recipe.units = parse_layers(*arguments.layers);
  settings.layers_as_given = arguments.layers.has_value();
  recipe.hidden = *obkit::neural::parse_activation(arguments.activation);
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
  const auto* const weights =
      std::find(weight_names.begin(), weight_names.end(), arguments.sample_weights);
  settings.sample_weights = static_cast<SampleWeights>(weights - weight_names.begin());
  settings.folds = arguments.walk_forward.value_or(0);
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

}  // namespace

std::string to_string(SampleWeights weights) {
  return weight_names.at(static_cast<std::size_t>(weights));
}

Settings resolve(const Arguments& arguments) {
  using obkit::store::expand_inputs;
  using obkit::store::FileKind;
  Settings settings;
  settings.preset = arguments.preset;
  settings.recipe.seed = arguments.seed;
  if (arguments.preset == "original") apply_original(settings);
  apply_network(arguments, settings);
  apply_optimizer(arguments, settings);
  apply_samples(arguments, settings);
  read_validation(arguments, settings);
  if (!arguments.resume.empty()) settings.resume = checkpoint_of(arguments.resume);
  refuse_contradictions(arguments, settings);
  settings.datasets = expand_inputs(arguments.datasets, FileKind::dataset);
  settings.test_files = expand_inputs(arguments.test, FileKind::dataset);
  refuse_shared_inputs(settings);
  if (arguments.checkpoint ||
      (!settings.resume.empty() && !arguments.output.path.empty() && arguments.output.path != "-"))
    settings.checkpoint = checkpoint_of(arguments.output.path);
  settings.bad_line =
      arguments.skip_bad ? obkit::store::BadLine::skip : obkit::store::BadLine::refuse;
  settings.jobs = arguments.jobs.jobs;
  return settings;
}

}  // namespace obtrain

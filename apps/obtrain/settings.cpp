#include "settings.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"

namespace obtrain {
namespace {

using obkit::UsageError;
using obkit::neural::Index;

constexpr double most_learning_rate = 1e30;

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
  if (units.back() != 2) {
    throw UsageError{
        "--layers: the last layer must have 2 units, one for falls and one for rises, "
        "found " +
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

bool is_same_input(const std::string& a, const std::string& b) {
  std::error_code error;  // the reader will say what is wrong with a file
  return a == b || std::filesystem::equivalent(a, b, error);
}

/// A sample that was learnt proves nothing: no file may serve two ends, or one twice.
void refuse_shared_inputs(const Settings& settings) {
  std::vector<std::string> seen;
  const auto add = [&](const std::vector<std::string>& files, const std::string& option) {
    for (const auto& file : files) {
      for (const auto& other : seen)
        if (is_same_input(file, other))
          throw UsageError{option + obkit::display_name(file) + " is given twice"};
      seen.push_back(file);
    }
  };
  add(settings.datasets, "");
  add(settings.validation_files, "--validation: ");
  add(settings.test_files, "--test: ");
}

void refuse_contradictions(const Arguments& arguments, const Settings& settings) {
  refuse_shared_inputs(settings);
  // Written so that NaN is refused.
  if (!(arguments.learning_rate > 0 && arguments.learning_rate <= most_learning_rate))
    throw UsageError{"--learning-rate: expected a number above 0, at most 1e30"};
  const bool has_validation = settings.validation_share > 0 || !settings.validation_files.empty();
  if (arguments.patience.value_or(0) > 0 && !has_validation) {
    throw UsageError{
        "--patience: nothing tells when to stop without validation samples "
        "(--validation)"};
  }
  if (arguments.json && arguments.output.path == "-")
    throw UsageError{"--json and -o - would both write to standard output"};
  if (!arguments.history.empty() && arguments.history == arguments.output.path)
    throw UsageError{"--history and -o name the same output: " + arguments.history};
  if (arguments.json && arguments.history == "-")
    throw UsageError{"--json and --history - would both write to standard output"};
}

/// The original's: raw volumes, RMSprop, one epoch over each file, nothing held back.
void apply_original(Settings& settings) {
  settings.relative = false;
  settings.file_by_file = true;
  settings.recipe.optimizer = obkit::neural::OptimizerKind::rmsprop;
  settings.recipe.training = {
      .epochs = 1, .batch = 32, .patience = 0, .mirror = obkit::neural::Mirror::off};
}

void apply_given(const Arguments& arguments, Settings& settings) {
  using obkit::neural::Mirror;
  auto& recipe = settings.recipe;
  auto& training = recipe.training;
  recipe.units = parse_layers(arguments.layers);
  recipe.hidden = *obkit::neural::parse_activation(arguments.activation);
  recipe.learning_rate = static_cast<float>(arguments.learning_rate);
  recipe.seed = arguments.seed;
  settings.learning_rate = arguments.learning_rate;
  if (arguments.transform) settings.relative = *arguments.transform == "relative";
  if (arguments.optimizer) recipe.optimizer = *obkit::neural::parse_optimizer(*arguments.optimizer);
  training.epochs = arguments.epochs.value_or(training.epochs);
  training.batch = arguments.batch.value_or(training.batch);
  training.patience = arguments.patience.value_or(training.patience);
  if (arguments.mirror) training.mirror = *arguments.mirror ? Mirror::on : Mirror::off;
}

}  // namespace

Settings resolve(const Arguments& arguments) {
  using obkit::store::expand_inputs;
  using obkit::store::FileKind;
  Settings settings;
  settings.preset = arguments.preset;
  if (arguments.preset == "original") apply_original(settings);
  apply_given(arguments, settings);
  read_validation(arguments, settings);
  settings.datasets = expand_inputs(arguments.datasets, FileKind::dataset);
  settings.test_files = expand_inputs(arguments.test, FileKind::dataset);
  settings.bad_line =
      arguments.skip_bad ? obkit::store::BadLine::skip : obkit::store::BadLine::refuse;
  refuse_contradictions(arguments, settings);
  return settings;
}

}  // namespace obtrain

#include "contradictions.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/neural/input_transform.hpp"

namespace obtrain {
namespace {

using obkit::UsageError;
using obkit::neural::OptimizerKind;
using obkit::neural::TransformKind;

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
  const bool has_validation = settings.validation_share > 0 || !settings.validation_files.empty();
  if (arguments.patience.value_or(0) > 0 && !has_validation) {
    throw UsageError{
        "--patience: nothing tells when to stop without validation samples (--validation)"};
  }
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
  if (!arguments.history.empty() && arguments.history == model)
    throw UsageError{"--history and -o name the same output: " + arguments.history};
  if (arguments.checkpoint && (model.empty() || model == "-"))
    throw UsageError{"--checkpoint: -o must name the model's file, beside which it goes"};
}

bool is_same_input(const std::string& a, const std::string& b) {
  std::error_code error;  // the reader will say what is wrong with a file
  return a == b || std::filesystem::equivalent(a, b, error);
}

}  // namespace

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
  refuse_values(settings);
  refuse_idle_options(arguments, settings);
  refuse_outputs(arguments);
}

}  // namespace obtrain

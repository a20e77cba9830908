#include "train_model.hpp"

#include <algorithm>
#include <cmath>

#include <spdlog/fmt/fmt.h>

#include "obkit/core/error.hpp"

#include "record.hpp"
#include "scoring.hpp"

namespace obtrain {
namespace {

using namespace obkit::neural;

constexpr std::size_t most_test_vectors = 4;

/// A few raw training samples, spread over time.
std::vector<Vector> pick_test_inputs(const std::vector<Samples>& parts) {
  std::vector<Vector> picked;
  const Matrix& first = parts.front().inputs;
  const Index step = std::max<Index>(1, first.cols() / static_cast<Index>(most_test_vectors));
  for (Index i = 0; i < first.cols() && picked.size() < most_test_vectors; i += step)
    picked.emplace_back(first.col(i));
  return picked;
}

InputTransform fit_transform(const Settings& settings, const std::vector<Samples>& parts) {
  TransformFitter fitter;
  for (const auto& part : parts)
    for (const auto column : part.inputs.colwise()) fitter.add(column);
  return settings.relative ? fitter.fit(TransformKind::relative, 1) : InputTransform{};
}

[[noreturn]] void refuse_divergence(const Settings& settings) {
  throw obkit::UsageError{fmt::format(
      "training diverged, the loss is no longer finite: try a --learning-rate below {}{}",
      settings.learning_rate, settings.relative ? "" : " or --transform relative")};
}

void refuse_size(const Settings& settings, Index depth) {
  const Index count = count_parameters(depth, settings.recipe.units);
  if (count > Network::max_parameters) {
    throw obkit::UsageError{
        fmt::format("--layers: {} weights are more than the {} that a model may have", count,
                    Network::max_parameters)};
  }
}

/// Samples as the networks want them, and what was done to the raw ones.
class Trainer {
 public:
  Trainer(const Settings& settings, Split split)
      : settings_{settings},
        transform_{fit_transform(settings, split.training)},
        label_{split.label},
        test_inputs_{pick_test_inputs(split.training)},
        parts_{std::move(split.training)},
        validation_{std::move(split.validation)} {
    for (Samples& part : parts_) transform_.apply(part.inputs);
    transform_.apply(validation_.inputs);
  }

  struct Trained {
    Model model;
    TrainingResult result;
  };
  /// A model without record. Throws UsageError where training diverges.
  [[nodiscard]] Trained train(const Recipe& recipe,
                              const std::function<void(const Epoch&)>& observer) const {
    Fitted fitted = fit(recipe, parts_, validation_, observer);
    if (fitted.result.stop == Stop::diverged) refuse_divergence(settings_);
    Model model{{.tool = "obtrain " OBKIT_VERSION,
                 .transform = transform_,
                 .mirror = recipe.training.mirror,
                 .members = {std::move(fitted.network)},
                 .classes = {"fall", "rise"},
                 .label = label_,
                 .training = {},
                 .test_inputs = test_inputs_}};
    for (const Vector& input : test_inputs_)
      if (!std::isfinite(model.score(std::vector<double>(input.begin(), input.end()))))
        refuse_divergence(settings_);
    return {std::move(model), fitted.result};
  }

 private:
  const Settings& settings_;
  InputTransform transform_;
  std::string label_;
  std::vector<Vector> test_inputs_;
  std::vector<Samples> parts_;
  Samples validation_;
};

}  // namespace

Model train_model(const Settings& settings, Split split,
                  const std::function<void(const Epoch&)>& observer) {
  refuse_size(settings, split.training.front().inputs.rows());
  const Samples validation = split.validation, test = split.test;  // raw, to score on
  TrainingRecord record = begin_record(settings, split);
  const double share_of_rises =
      static_cast<double>(split.rises()) / static_cast<double>(split.training_size());
  const Trainer trainer{settings, std::move(split)};
  auto [model, result] = trainer.train(settings.recipe, observer);
  record.epochs = result.epochs;
  record.best_epoch = result.best_epoch;
  record.stopped = to_string(result.stop);
  if (validation.size() > 0 || test.size() > 0) {
    Recipe regression = settings.recipe;
    regression.units = {2};
    const auto logistic = trainer.train(regression, [](const Epoch&) {}).model;
    const Contenders contenders{model, logistic, share_of_rises};
    if (validation.size() > 0) record.validation = evaluate(contenders, validation);
    if (test.size() > 0) record.test = evaluate(contenders, test);
  }
  ModelParts parts = model.parts();
  parts.training = std::move(record);
  return Model{std::move(parts)};
}

}  // namespace obtrain

#include "scoring.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include <spdlog/fmt/fmt.h>

#include "obkit/core/error.hpp"
#include "obkit/neural/metrics.hpp"
#include "obkit/signals/imbalance.hpp"

namespace obtrain {
namespace {

using obkit::neural::Evaluation;
using obkit::neural::Samples;
using Score = std::function<double(std::span<const double>)>;

std::vector<double> scores(const Samples& samples, const Score& score) {
  std::vector<double> result, volumes;
  result.reserve(samples.size());
  for (const auto column : samples.inputs.colwise()) {
    volumes.assign(column.begin(), column.end());
    result.push_back(score(volumes));
    if (!std::isfinite(result.back())) {
      throw obkit::UsageError{
          "the network gives no number for some samples: try a smaller "
          "--learning-rate or --transform relative"};
    }
  }
  return result;
}

Evaluation forecasts(std::string name, const Samples& samples, const Score& score) {
  return {std::move(name),
          obkit::neural::measure_forecasts(scores(samples, score), samples.classes)};
}

Evaluation imbalance(std::string name, const Samples& samples, std::size_t levels) {
  const auto score = [levels](std::span<const double> volumes) {
    return obkit::signals::imbalance(volumes, levels);
  };
  return {std::move(name), obkit::neural::measure_scores(scores(samples, score), samples.classes)};
}

}  // namespace

std::vector<Evaluation> evaluate(const Contenders& contenders, const Samples& samples) {
  const auto of = [](const obkit::neural::Model& model) {
    return [&model](std::span<const double> volumes) { return model.score(volumes); };
  };
  const double majority = 2 * contenders.share_of_rises - 1;
  const auto levels = static_cast<std::size_t>(samples.inputs.rows() / 2);
  return {forecasts("network", samples, of(contenders.network)),
          forecasts("majority class", samples, [=](auto) { return majority; }),
          imbalance("imbalance, best level", samples, 1),
          imbalance("imbalance, all levels", samples, levels),
          forecasts("logistic regression", samples, of(contenders.logistic))};
}

std::string verdict(const std::vector<Evaluation>& evaluations, const std::string& samples) {
  const auto accuracy = [](const Evaluation& evaluation) { return evaluation.metrics.accuracy; };
  const Evaluation& network = evaluations.front();
  const Evaluation& best =
      *std::ranges::max_element(evaluations.begin() + 1, evaluations.end(), {}, accuracy);
  const double lead = 100 * (accuracy(network) - accuracy(best));
  const double error = 100 * network.metrics.standard_error();
  const std::string pair = fmt::format("the best baseline, '{}' ({:.1f} % of {} {})", best.name,
                                       100 * accuracy(best), best.metrics.samples, samples);
  if (lead > error) return fmt::format("the network beats {} by {:.1f} points", pair, lead);
  if (lead > 0) {
    return fmt::format(
        "the network leads {} by {:.1f} points, within its standard error of {:.1f}: "
        "that can be chance",
        pair, lead, error);
  }
  if (lead == 0) return fmt::format("the network does not beat {}: it is right as often", pair);
  return fmt::format("the network does not beat {}: {:.1f} points behind", pair, -lead);
}

}  // namespace obtrain

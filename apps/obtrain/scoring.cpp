#include "scoring.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "obkit/core/error.hpp"
#include "obkit/signals/rule.hpp"

namespace obtrain {
namespace {

using namespace obkit::neural;

Predictions of_model(const Model& model, const Selection& samples) {
  Matrix probabilities =
      model.predict(SampleView{.store = &samples.table->store(), .order = samples.order});
  if (!probabilities.allFinite()) {
    throw obkit::UsageError{
        "the network gives no number for some samples: try a smaller --learning-rate or "
        "--transform relative"};
  }
  return predictions_of(std::move(probabilities));
}

/// Each class as likely as it was in training.
Predictions of_majority(const std::vector<std::uint64_t>& training, std::size_t count) {
  std::uint64_t all = 0;
  for (const std::uint64_t of_class : training) all += of_class;
  Vector shares(static_cast<Index>(training.size()));
  for (std::size_t k = 0; k < training.size(); ++k)
    shares[static_cast<Index>(k)] =
        static_cast<float>(static_cast<double>(training[k]) / static_cast<double>(all));
  return predictions_of(Matrix{shares.replicate(1, static_cast<Index>(count))});
}

Predictions of_imbalance(const Selection& samples, std::size_t levels) {
  std::vector<double> scores, volumes;
  scores.reserve(samples.size());
  for (const std::uint32_t index : samples.order) {
    const auto raw = samples.table->store().sample(index);
    volumes.assign(raw.begin(), raw.end());
    scores.push_back(obkit::signals::imbalance(volumes, levels));
  }
  return predictions_of(std::move(scores), samples.table->classes());
}

/// Area under the curve over pairs of samples of the same part.
std::optional<double> area_within_parts(const Contest& contest, const Contest::Entry& entry) {
  double pairs = 0, in_order = 0;
  std::size_t begin = 0;
  for (const std::size_t end : contest.ends) {
    const std::span classes{contest.truth.classes.data() + begin, end - begin};
    const std::span scores{entry.forecasts.scores.data() + begin, end - begin};
    const auto of_part = static_cast<double>(std::ranges::count(classes, 0)) *
                         static_cast<double>(std::ranges::count(classes, 1));
    if (const auto area = area_under_curve(scores, classes)) in_order += of_part * *area;
    pairs += of_part;
    begin = end;
  }
  return pairs > 0 ? std::optional{in_order / pairs} : std::nullopt;
}

template <typename Item>
void append_items(std::vector<Item>& to, const std::vector<Item>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append_forecasts(Predictions& to, const Predictions& from) {
  append_items(to.scores, from.scores);
  append_items(to.predicted, from.predicted);
  if (!to.probabilities) return;
  Matrix both(to.probabilities->rows(), to.probabilities->cols() + from.probabilities->cols());
  both << *to.probabilities, *from.probabilities;
  to.probabilities = std::move(both);
}

}  // namespace

void Contest::append(Contest other) {
  if (entries.empty()) {
    *this = std::move(other);
    ends = {truth.classes.size()};
    return;
  }
  for (std::size_t i = 0; i < entries.size(); ++i)
    append_forecasts(entries[i].forecasts, other.entries[i].forecasts);
  append_items(truth.classes, other.truth.classes);
  const std::uint32_t first = truth.blocks.back() + 1;
  for (const std::uint32_t block : other.truth.blocks) truth.blocks.push_back(first + block);
  ends.push_back(truth.classes.size());
}

std::vector<NamedEvaluation> Contest::evaluate() const {
  std::vector<NamedEvaluation> evaluations;
  const auto classes =
      static_cast<std::size_t>(entries.front().forecasts.probabilities.value().rows());
  for (const Entry& entry : entries) {
    evaluations.push_back({entry.name, measure(entry.forecasts, truth, classes)});
    if (ends.size() > 1) evaluations.back().evaluation.auc = area_within_parts(*this, entry);
  }
  return evaluations;
}

std::string Contest::verdict(const std::string& samples) const {
  const auto accuracy = [&](const Entry& entry) {
    return measure(entry.forecasts, truth, 3).accuracy;
  };
  const Entry& network = entries.front();
  const Entry& best =
      *std::max_element(entries.begin() + 1, entries.end(),
                        [&](const Entry& a, const Entry& b) { return accuracy(a) < accuracy(b); });
  const auto [share, error] = lead(network.forecasts, best.forecasts, truth);
  const std::string pair = fmt::format("the best baseline, '{}' ({:.1f} % of {} {})", best.name,
                                       100 * accuracy(best), truth.classes.size(), samples);
  if (share == 0) return fmt::format("the network does not beat {}: it is right as often", pair);
  std::string by = fmt::format("{:.1f} points", 100 * std::abs(share));
  const double errors = error > 0 ? std::abs(share) / error : 0;  // where all blocks say the same
  if (error > 0) by += fmt::format(", {:.1f} standard errors", errors);
  if (share < 0) return fmt::format("the network does not beat {}: behind by {}", pair, by);
  if (errors < 2) return fmt::format("the network leads {} by {}: that can be chance", pair, by);
  return fmt::format("the network beats {} by {}", pair, by);
}

Contest foretell(const Contenders& contenders, const Selection& samples) {
  Contest contest;
  const auto add = [&](std::string name, Predictions forecasts) {
    contest.entries.push_back({std::move(name), std::move(forecasts)});
  };
  add("network", of_model(contenders.network, samples));
  add("majority class", of_majority(contenders.training, samples.size()));
  add("imbalance, best level", of_imbalance(samples, 1));
  add("imbalance, all levels", of_imbalance(samples, samples.table->depth() / 2));
  add("logistic regression", of_model(contenders.logistic, samples));
  for (const std::uint32_t index : samples.order)
    contest.truth.classes.push_back(samples.table->store().class_of(index));
  contest.truth.blocks = blocks(*samples.table, samples.order);
  return contest;
}

}  // namespace obtrain

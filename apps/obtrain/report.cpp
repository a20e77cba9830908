#include "obtrain/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <boost/math/distributions/students_t.hpp>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/signals/strategy.hpp"

namespace obkit::obtrain {

namespace {

using namespace obkit::neural;

constexpr const char* network_name = "network";
constexpr const char* linear_name = "linear model";

std::string name_of(const Model& model) {
  return model.takes() == InputKind::flow ? linear_name : network_name;
}

Predictions of_model(const Model& model, const Selection& samples) {
  const SampleTable& table = *samples.table;
  const SampleStore& store = model.takes() == InputKind::flow ? table.flow() : table.store();
  Matrix probabilities = model.predict(SampleView{.store = &store, .order = samples.order});
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
    const std::span scores{entry.predictions.scores.data() + begin, end - begin};
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

void append_predictions(Predictions& to, const Predictions& from) {
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
    append_predictions(entries[i].predictions, other.entries[i].predictions);
  append_items(truth.classes, other.truth.classes);
  const std::uint32_t first = truth.blocks.back() + 1;
  for (const std::uint32_t block : other.truth.blocks) truth.blocks.push_back(first + block);
  ends.push_back(truth.classes.size());
}

std::vector<NamedEvaluation> Contest::evaluate() const {
  std::vector<NamedEvaluation> evaluations;
  const auto classes =
      static_cast<std::size_t>(entries.front().predictions.probabilities.value().rows());
  for (const Entry& entry : entries) {
    evaluations.push_back({entry.name, measure(entry.predictions, truth, classes)});
    if (ends.size() > 1) evaluations.back().evaluation.auc = area_within_parts(*this, entry);
  }
  return evaluations;
}

std::vector<NamedCurve> Contest::curves() const {
  constexpr std::size_t steps = 400;
  std::vector<NamedCurve> curves;
  for (const Entry& entry : entries) {
    std::vector<WeightedCurve> parts;
    std::size_t begin = 0;
    for (const std::size_t end : ends.empty() ? std::vector{truth.classes.size()} : ends) {
      const std::span classes{truth.classes.data() + begin, end - begin};
      const std::span scores{entry.predictions.scores.data() + begin, end - begin};
      const auto pairs = static_cast<double>(std::ranges::count(classes, 0)) *
                         static_cast<double>(std::ranges::count(classes, 1));
      if (pairs > 0) parts.push_back({.curve = roc_curve(scores, classes), .weight = pairs});
      begin = end;
    }
    if (!parts.empty()) curves.push_back({entry.name, mean_curve(parts, steps)});
  }
  return curves;
}

namespace {

/// So many standard errors ahead is more than chance brings to any of `comparisons`, but for one
/// time in 44: that of two standard errors, shared out among them (Bonferroni), by Student's t,
/// which knows how few blocks there are.
double least_lead(std::size_t comparisons, std::size_t blocks) {
  constexpr double chance = 0.0228;
  const boost::math::students_t distribution{static_cast<double>(blocks - 1)};
  return boost::math::quantile(
      boost::math::complement(distribution, chance / static_cast<double>(comparisons)));
}

}  // namespace

std::string Contest::verdict(const std::string& samples, std::size_t networks) const {
  const auto accuracy = [&](const Entry& entry) {
    return measure(entry.predictions, truth, 3).accuracy;
  };
  const Entry& network = entries.front();
  const Entry& best =
      *std::max_element(entries.begin() + 1, entries.end(),
                        [&](const Entry& a, const Entry& b) { return accuracy(a) < accuracy(b); });
  const auto [share, error] = lead(network.predictions, best.predictions, truth);
  const std::string pair = fmt::format("the best baseline, '{}' ({:.1f} % of {} {})", best.name,
                                       100 * accuracy(best), truth.classes.size(), samples);
  const std::string& who = network.name;
  if (share == 0) return fmt::format("the {} does not beat {}: it is right as often", who, pair);
  std::string by = fmt::format("{:.1f} points", 100 * std::abs(share));
  if (error.value_or(0) > 0)
    by += fmt::format(", {:.1f} standard errors", std::abs(share) / *error);
  if (share < 0) return fmt::format("the {} does not beat {}: behind by {}", who, pair, by);
  if (!(error.value_or(0) > 0))  // where all blocks say the same, too
    return fmt::format("the {} leads {} by {}: nothing tells whether that is chance", who, pair,
                       by);
  const std::size_t baselines = entries.size() - 1, blocks = count_blocks(truth.blocks);
  const double least = least_lead(networks * baselines, blocks);
  const std::string compared =
      fmt::format("{} and {} were compared, which asks for {:.1f}", counted(networks, who),
                  counted(baselines, "baseline"), least);
  if (share / *error < least)
    return fmt::format("the {} leads {} by {}: that can be chance ({})", who, pair, by, compared);
  return fmt::format("the {} beats {} by {} ({})", who, pair, by, compared);
}

Contest predict(const Contenders& contenders, const Selection& samples) {
  Contest contest;
  const auto add = [&](std::string name, Predictions predictions) {
    contest.entries.push_back({std::move(name), std::move(predictions)});
  };
  add(name_of(contenders.network), of_model(contenders.network, samples));
  add("majority class", of_majority(contenders.training, samples.size()));
  add("imbalance, best level", of_imbalance(samples, 1));
  add("imbalance, all levels", of_imbalance(samples, samples.table->depth() / 2));
  add("logistic regression", of_model(contenders.logistic, samples));
  for (const std::uint32_t index : samples.order)
    contest.truth.classes.push_back(samples.table->store().class_of(index));
  contest.truth.blocks = blocks(*samples.table, samples.order);
  return contest;
}

namespace {

using obkit::neural::Evaluation;
using obkit::neural::NamedEvaluation;
using obkit::neural::TrainingRecord;

constexpr std::array<std::string_view, 3> class_names{"fall", "rise", "stay"};

std::string with_decimals(std::optional<double> value) {
  return value ? fmt::format("{:.3f}", *value) : "-";
}

}  // namespace

std::string class_name(std::size_t index) { return std::string{class_names.at(index)}; }

ScoreTexts texts_of(const Evaluation& evaluation) {
  const auto error = evaluation.accuracy_error;
  return {.accuracy = fmt::format("{:.1f}", 100 * evaluation.accuracy),
          .error = error ? fmt::format("{:.1f}", 100 * *error) : "-",
          .auc = with_decimals(evaluation.auc),
          .mcc = with_decimals(evaluation.mcc),
          .f1 = with_decimals(macro_f1(evaluation.confusion)),
          .log_loss = with_decimals(evaluation.log_loss),
          .brier = with_decimals(evaluation.brier)};
}

std::string recall_text(const obkit::neural::ClassScore& score) {
  return score.recall ? fmt::format("{:.1f}", 100 * *score.recall) : "-";
}

std::string model_name(const TrainingRecord& record) {
  for (const auto& [name, value] : record.options)
    if (name == "model") return linear_name;
  return network_name;
}

std::vector<std::string> never_predicted(const NamedEvaluation& model) {
  const Evaluation& network = model.evaluation;
  std::vector<std::string> sentences;
  for (std::size_t k = 0; k < network.confusion.size(); ++k) {
    std::uint64_t predicted = 0, actual = 0;
    for (std::size_t other = 0; other < network.confusion.size(); ++other) {
      predicted += network.confusion[other][k];
      actual += network.confusion[k][other];
    }
    if (predicted == 0)
      sentences.push_back(fmt::format("the {} never predicts '{}', the class of {} of {}",
                                      model.name, class_names.at(k), actual,
                                      obkit::counted(network.samples, "sample")));
  }
  return sentences;
}

std::string_view meaning_of_scores() {
  return "± is one standard error by blocks, - not known. AUC: rises against falls, ties count "
         "half. MCC: all classes. F1: mean of the classes. Brier: summed over the classes, 0 to 2";
}

namespace {

void tell_samples(const TrainingRecord& record) {
  const std::string sources = record.sources.size() == 1
                                  ? record.sources.front()
                                  : fmt::format("{} inputs", record.sources.size());
  const std::string range = record.first
                                ? fmt::format(", {} to {}", obkit::format_iso(*record.first),
                                              obkit::format_iso(*record.last))
                                : "";
  std::string classes;
  for (std::size_t k = 0; k < record.class_samples.size(); ++k)
    classes += fmt::format("{}{}", k == 0 ? "" : ", ",
                           obkit::counted(record.class_samples[k], class_names.at(k)));
  spdlog::info("{}: {} for training ({}), {} for validation{}", sources,
               obkit::counted(record.training_samples, "sample"), classes,
               record.validation_samples, range);
}

void tell_members(const TrainingRecord& record) {
  for (std::size_t i = 0; i < record.members.size(); ++i) {
    const auto& [epochs, best_epoch, stopped] = record.members[i];
    const std::string who = record.members.size() > 1 ? fmt::format("member {}, ", i + 1) : "";
    if (model_name(record) == linear_name) {
      spdlog::info("{}: Newton's method took {} ({})", linear_name,
                   counted(static_cast<std::uint64_t>(epochs), "step"), stopped);
      continue;
    }
    spdlog::info("{}epochs: {} run, weights kept of epoch {} ({})", who, epochs, best_epoch,
                 stopped);
  }
}

void tell_scores(const std::vector<NamedEvaluation>& evaluations, const std::string& samples) {
  const Evaluation& first = evaluations.front().evaluation;
  const std::string blocks =
      first.blocks == first.samples ? "" : " in " + obkit::counted(first.blocks, "block");
  spdlog::info("{:<42} {:>12} {:>7} {:>7} {:>7} {:>9} {:>7}",
               fmt::format("on {} {}{}", first.samples, samples, blocks), "accuracy %", "AUC",
               "MCC", "F1", "log loss", "Brier");
  for (const auto& [name, evaluation] : evaluations) {
    const ScoreTexts texts = texts_of(evaluation);
    spdlog::info("  {:<40} {:>5} ± {:>4} {:>7} {:>7} {:>7} {:>9} {:>7}", name, texts.accuracy,
                 texts.error, texts.auc, texts.mcc, texts.f1, texts.log_loss, texts.brier);
  }
}

/// Rows are what came, columns what the network predicted.
void tell_confusion(const Evaluation& network) {
  std::string header = fmt::format("  {:<24}", "actual \\ predicted");
  for (std::size_t k = 0; k < network.confusion.size(); ++k)
    header += fmt::format(" {:>9}", class_names.at(k));
  header += fmt::format(" {:>9}", "recall %");
  spdlog::info("{}", header);
  const std::vector<ClassScore> scores = class_scores(network.confusion);
  for (std::size_t k = 0; k < network.confusion.size(); ++k) {
    std::string row = fmt::format("  {:<24}", class_names.at(k));
    for (const auto count : network.confusion[k]) row += fmt::format(" {:>9}", count);
    row += fmt::format(" {:>9}", recall_text(scores[k]));
    spdlog::info("{}", row);
  }
}

/// What the network's P(rise) is worth: how often it rose where that was predicted.
void tell_reliability(const Evaluation& network) {
  spdlog::info("  {:<24} {:>9} {:>9} {:>9}", "P(rise) predicted", "samples", "mean", "actual");
  for (std::size_t i = 0; i < network.reliability.size(); ++i) {
    const auto& [samples, mean, rose] = network.reliability[i];
    if (samples == 0) continue;
    spdlog::info("  {:<24} {:>9} {:>9.3f} {:>9.3f}",
                 fmt::format("{:.1f} to {:.1f}", 0.1 * static_cast<double>(i),
                             0.1 * static_cast<double>(i + 1)),
                 samples, mean, rose);
  }
}

void tell_contest(const std::vector<NamedEvaluation>& evaluations, const std::string& samples,
                  const std::optional<std::string>& verdict, bool in_detail) {
  if (evaluations.empty()) return;
  tell_scores(evaluations, samples);
  if (in_detail) {
    tell_confusion(evaluations.front().evaluation);
    tell_reliability(evaluations.front().evaluation);
  }
  for (const std::string& text : never_predicted(evaluations.front())) spdlog::info("{}", text);
  spdlog::info("{}", verdict.value_or(""));
}

}  // namespace

void tell(const TrainingRecord& record, const Verdicts& verdicts) {
  tell_samples(record);
  tell_members(record);
  const bool has_test = !record.test.empty();
  tell_contest(record.walk_forward, "walk-forward samples", verdicts.walk_forward, true);
  tell_contest(record.validation, "validation samples", verdicts.validation,
               !has_test && record.walk_forward.empty());
  tell_contest(record.test, "test samples", verdicts.test, true);
  if (!record.walk_forward.empty() || !record.validation.empty() || has_test)
    spdlog::info("{}", meaning_of_scores());
  if (record.validation.empty() && !has_test)
    spdlog::info("no validation or test samples: nothing tells how good the {} is",
                 model_name(record));
}

}  // namespace obkit::obtrain

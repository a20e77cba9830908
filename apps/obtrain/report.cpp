#include "report.hpp"

#include <array>
#include <optional>
#include <string>

#include <spdlog/spdlog.h>

#include "obkit/core/number.hpp"

namespace obtrain {
namespace {

using obkit::neural::Evaluation;
using obkit::neural::NamedEvaluation;
using obkit::neural::TrainingRecord;

constexpr std::array<std::string_view, 3> class_names{"fall", "rise", "stay"};

std::string with_decimals(std::optional<double> value) {
  return value ? fmt::format("{:.3f}", *value) : "-";
}

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
  spdlog::info("{}: {} samples for training ({}), {} for validation{}", sources,
               record.training_samples, classes, record.validation_samples, range);
}

void tell_members(const TrainingRecord& record) {
  for (std::size_t i = 0; i < record.members.size(); ++i) {
    const auto& [epochs, best_epoch, stopped] = record.members[i];
    const std::string who = record.members.size() > 1 ? fmt::format("member {}, ", i + 1) : "";
    spdlog::info("{}epochs: {} run, weights kept of epoch {} ({})", who, epochs, best_epoch,
                 stopped);
  }
}

void tell_scores(const std::vector<NamedEvaluation>& evaluations, const std::string& samples) {
  const Evaluation& first = evaluations.front().evaluation;
  const std::string blocks =
      first.blocks == first.samples ? "" : fmt::format(" in {} blocks", first.blocks);
  spdlog::info("{:<42} {:>12} {:>7} {:>7} {:>9} {:>7}",
               fmt::format("on {} {}{}", first.samples, samples, blocks), "accuracy %", "AUC",
               "MCC", "log loss", "Brier");
  for (const auto& [name, metrics] : evaluations) {
    spdlog::info("  {:<40} {:>5.1f} ± {:>4.1f} {:>7} {:>7} {:>9} {:>7}", name,
                 100 * metrics.accuracy, 100 * metrics.accuracy_error, with_decimals(metrics.auc),
                 with_decimals(metrics.mcc), with_decimals(metrics.log_loss),
                 with_decimals(metrics.brier));
  }
}

/// Rows are what came, columns what the network foretold.
void tell_confusion(const Evaluation& network) {
  std::string header = fmt::format("  {:<24}", "came \\ foretold");
  for (std::size_t k = 0; k < network.confusion.size(); ++k)
    header += fmt::format(" {:>9}", class_names.at(k));
  spdlog::info("{}", header);
  for (std::size_t k = 0; k < network.confusion.size(); ++k) {
    std::string row = fmt::format("  {:<24}", class_names.at(k));
    for (const auto count : network.confusion[k]) row += fmt::format(" {:>9}", count);
    spdlog::info("{}", row);
  }
}

/// What the network's P(rise) is worth: how often it rose where that was foretold.
void tell_reliability(const Evaluation& network) {
  spdlog::info("  {:<24} {:>9} {:>9} {:>9}", "P(rise) foretold", "samples", "mean", "rose");
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
  if (record.validation.empty() && !has_test)
    spdlog::info("no validation or test samples: nothing tells how good the network is");
}

}  // namespace obtrain

#include "report.hpp"

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/number.hpp"

#include "scoring.hpp"

namespace obtrain {
namespace {

using obkit::neural::Evaluation;
using obkit::neural::TrainingRecord;

std::string with_decimals(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

void tell_samples(const TrainingRecord& record) {
  const std::string sources = record.sources.size() == 1
                                  ? record.sources.front()
                                  : fmt::format("{} inputs", record.sources.size());
  const std::string range = record.first
                                ? fmt::format(", {} to {}", obkit::format_iso(*record.first),
                                              obkit::format_iso(*record.last))
                                : "";
  spdlog::info("{}: {} samples for training ({} falls, {} rises), {} for validation{}", sources,
               record.training_samples, record.class_samples[0], record.class_samples[1],
               record.validation_samples, range);
}

void tell_scores(const std::vector<Evaluation>& evaluations, const std::string& samples) {
  if (evaluations.empty()) return;
  spdlog::info("{:<34} {:>12} {:>7} {:>9}",
               fmt::format("on {} {} samples", evaluations.front().metrics.samples, samples),
               "accuracy %", "AUC", "log loss");
  for (const auto& [name, metrics] : evaluations) {
    spdlog::info("  {:<32} {:>5.1f} ± {:>4.1f} {:>7} {:>9}", name, 100 * metrics.accuracy,
                 100 * metrics.standard_error(), with_decimals(metrics.auc, 3),
                 with_decimals(metrics.log_loss, 3));
  }
}

}  // namespace

History::History(std::unique_ptr<obkit::ByteSink> sink) : sink_{std::move(sink)} {
  if (sink_) sink_->write("part,epoch,training_loss_nats,validation_loss_nats\n");
}

void History::add(const obkit::neural::Epoch& epoch) {
  spdlog::debug("epoch {}: training loss {:.5f}, validation loss {}", epoch.number,
                epoch.training_loss, with_decimals(epoch.validation_loss, 5));
  if (!sink_) return;
  // An empty cell where there is no number.
  const auto number = [](std::optional<double> value) {
    std::string text;
    if (value && std::isfinite(*value)) obkit::append_number(text, *value);
    return text;
  };
  sink_->write(fmt::format("{},{},{},{}\n", epoch.part + 1, epoch.number,
                           number(epoch.training_loss), number(epoch.validation_loss)));
}

void History::close() {
  if (sink_) sink_->close();
}

void tell(const TrainingRecord& record) {
  tell_samples(record);
  spdlog::info("epochs: {} run, weights kept of epoch {} ({})", record.epochs, record.best_epoch,
               record.stopped);
  tell_scores(record.validation, "validation");
  tell_scores(record.test, "test");
  if (!record.test.empty())
    spdlog::info("{}", verdict(record.test, "test samples"));
  else if (!record.validation.empty())
    spdlog::info("{}", verdict(record.validation, "validation samples"));
  else
    spdlog::info("no validation or test samples: nothing tells how good the network is");
}

}  // namespace obtrain

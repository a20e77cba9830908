#include "obkit/signals/strategy.hpp"

#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/signals/network_rule.hpp"

namespace obkit::signals {
namespace {

void check(const StrategyOptions& options) {
  if (options.model.has_value() == options.rule.has_value())
    throw UsageError{"expected either --model FILE or --rule imbalance, found " +
                     std::string{options.model ? "both" : "neither"}};
  if (options.rule && *options.rule != "imbalance")
    throw UsageError{"--rule " + *options.rule + ": expected imbalance"};
  if (options.levels && options.model)
    throw UsageError{"--levels goes with --rule: a model takes all levels that it was trained on"};
  if (options.levels == std::size_t{0}) throw UsageError{"--levels 0: expected at least 1"};
  // Written so that NaN is refused.
  if (!(options.threshold >= 0 && options.threshold <= 1))
    throw UsageError{"--threshold: expected a number from 0 to 1, found " +
                     to_text(options.threshold)};
}

std::optional<TrainingRange> range_of(const neural::TrainingRecord& record) {
  if (!record.first || !record.last) return std::nullopt;
  return TrainingRange{.first = to_date_time(*record.first), .last = to_date_time(*record.last)};
}

}  // namespace

Strategy::Strategy(const StrategyOptions& options)
    : threshold_{options.threshold}, polarity_{options.polarity} {
  check(options);
  if (options.rule) {
    rule_ = std::make_unique<ImbalanceRule>(options.levels);
    return;
  }
  neural::Model model = neural::Model::load(*options.model);
  trained_on_ = range_of(model.training());
  rule_ = std::make_unique<NetworkRule>(std::move(model), *options.model);
}

Verdict Strategy::judge(const OrderBook& book) const {
  const double found = score(book);
  return {.score = found, .signal = decide(found, threshold_, polarity_)};
}

}  // namespace obkit::signals

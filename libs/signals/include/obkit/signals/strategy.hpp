#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "obkit/core/order_book.hpp"
#include "obkit/signals/decision.hpp"
#include "obkit/signals/in_sample.hpp"
#include "obkit/signals/rule.hpp"

namespace obkit::signals {

/// What a book is judged by, as the command line has it.
struct StrategyOptions {
  std::optional<std::string> model = std::nullopt;  ///< model file; either this or a rule
  std::optional<std::string> rule = std::nullopt;   ///< "imbalance"
  std::optional<std::size_t> levels =
      std::nullopt;      ///< levels a side of the rule, from 1; all when empty
  double threshold = 0;  ///< in [0, 1]
  Polarity polarity = Polarity::normal;
};

struct Verdict {
  double score = 0;
  Signal signal = Signal::wait;
};

/// A rule, a threshold and a polarity: books in, BUY, SELL or WAIT out.
class Strategy {
 public:
  /// Throws UsageError for options that make no sense, IoError and DataError for the model file.
  explicit Strategy(const StrategyOptions& options);

  /// As Rule::score() throws, as judge() does.
  void score(std::span<const OrderBook> books, std::span<double> scores) const {
    rule_->score(books, scores);
  }
  [[nodiscard]] double score(const OrderBook& book) const { return rule_->score(book); }
  [[nodiscard]] Verdict judge(const OrderBook& book) const;

  /// As Rule::best_batch().
  [[nodiscard]] std::size_t best_batch() const { return rule_->best_batch(); }

  /// Of the model; empty for a rule that was not trained.
  [[nodiscard]] const std::optional<TrainingRange>& trained_on() const { return trained_on_; }

 private:
  std::unique_ptr<Rule> rule_;
  std::optional<TrainingRange> trained_on_;
  double threshold_;
  Polarity polarity_;
};

}  // namespace obkit::signals

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "obkit/core/order_book.hpp"

namespace obkit::neural {
class Model;
}

namespace obkit::signals {

/// (bid volume − ask volume) / (bid volume + ask volume) over the `levels` nearest to the spread on
/// either side, in [-1, 1]; 0 where there is no volume at all.
///
/// `volumes` as in OrderBook: bids from worst to best, then asks from best to worst. Exact under
/// mirroring: with the order of `volumes` reversed the result has the opposite sign and the same
/// bits. O(levels).
///
/// Pre: volumes.size() is even, 1 <= levels <= volumes.size() / 2, volumes finite and not negative.
/// Source: Cont, Kukanov and Stoikov, "The Price Impact of Order Book Events" (2014); queue
/// imbalance after Gould and Bonart, "Queue Imbalance as a One-Tick-Ahead Price Predictor" (2016).
[[nodiscard]] double imbalance(std::span<const double> volumes, std::size_t levels);

/// Turns a book into a score. The same book has the same score to the bit, alone and among others,
/// whatever came before. Any number of threads may use one.
class Rule {
 public:
  Rule() = default;
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;
  virtual ~Rule() = default;

  /// Of each book, in [-1, 1]: how much more likely a rise is than a fall. Throws UsageError or
  /// DataError for a book that the rule does not fit, not always the first. Pre: as many scores.
  virtual void score(std::span<const OrderBook> books, std::span<double> scores) const = 0;
  [[nodiscard]] double score(const OrderBook& book) const {
    double found = 0;
    score({&book, 1}, {&found, 1});
    return found;
  }

  /// How many books are scored in less time together than one by one; 1 where none are.
  [[nodiscard]] virtual std::size_t best_batch() const { return 1; }
};

/// imbalance() of the volumes, the simplest rule.
class ImbalanceRule final : public Rule {
 public:
  /// `levels` a side, at least 1; all levels of the book when empty.
  explicit ImbalanceRule(std::optional<std::size_t> levels);

  using Rule::score;
  /// Throws FieldError when a book has fewer levels a side, DataError when its volumes add up to
  /// more than a double holds.
  void score(std::span<const OrderBook> books, std::span<double> scores) const override;

 private:
  std::optional<std::size_t> levels_;
};

/// P(rise) − P(fall), predicted by a network from the volumes of the book. `name` of the model is
/// for messages. Throws DataError when its classes are not fall and rise. score() throws DataError
/// when the model takes books of another depth, or gives no number.
[[nodiscard]] std::unique_ptr<Rule> network_rule(neural::Model model, std::string name);

}  // namespace obkit::signals

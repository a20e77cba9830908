#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "obkit/core/order_book.hpp"

namespace obkit::signals {

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

/// The imbalance of the volumes (imbalance.hpp), the plainest rule.
class ImbalanceRule final : public Rule {
 public:
  /// `levels` a side, at least 1; all levels of the book when empty.
  explicit ImbalanceRule(std::optional<std::size_t> levels);

  using Rule::score;
  /// Throws UsageError when a book has fewer levels a side, DataError when its volumes add up to
  /// more than a double holds.
  void score(std::span<const OrderBook> books, std::span<double> scores) const override;

 private:
  std::optional<std::size_t> levels_;
};

}  // namespace obkit::signals

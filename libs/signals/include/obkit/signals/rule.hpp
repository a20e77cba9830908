#pragma once

#include <cstddef>
#include <optional>

#include "obkit/core/order_book.hpp"

namespace obkit::signals {

/// Turns a book into a score. The same book has the same score to the bit, whatever came before.
class Rule {
 public:
  Rule() = default;
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;
  virtual ~Rule() = default;

  /// In [-1, 1]: how much more likely a rise is than a fall. Throws UsageError or DataError when
  /// the rule does not fit a book of this depth.
  [[nodiscard]] virtual double score(const OrderBook& book) const = 0;
};

/// The imbalance of the volumes (imbalance.hpp), the plainest rule.
class ImbalanceRule final : public Rule {
 public:
  /// `levels` a side, at least 1; all levels of the book when empty.
  explicit ImbalanceRule(std::optional<std::size_t> levels);

  /// Throws UsageError when the book has fewer levels a side, DataError when its volumes add up to
  /// more than a double holds.
  [[nodiscard]] double score(const OrderBook& book) const override;

 private:
  std::optional<std::size_t> levels_;
};

}  // namespace obkit::signals

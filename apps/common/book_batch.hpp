#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/signals/flow_inputs.hpp"
#include "obkit/signals/strategy.hpp"

namespace obkit::common {

/// Gives books their scores, [books × strategies]: of a book those of all strategies side by side.
/// Throws for a book that has none, not always the first such one.
using Score = std::function<void(const obkit::signals::Books&, std::span<double>)>;

/// Books that are read, then scored together, and what went wrong behind them: who takes them in
/// turn meets an error where he would have met it book by book.
class BookBatch {
 public:
  /// For at most so many books.
  BookBatch(std::size_t books, std::size_t strategies)
      : strategies_{strategies}, books_(books), scores_(books * strategies) {}

  /// A copy of the book, with its flow where there is one: for all of them or for none. Pre: not
  /// full.
  void add(const obkit::OrderBook& book,
           const std::optional<obkit::signals::FlowInputs::Numbers>& flow) {
    if (flow) flow_.push_back(*flow);
    books_[count_++] = book;
  }
  /// What happened behind the last book.
  void fail(std::exception_ptr failure) { failure_ = std::move(failure); }
  /// All its books. Where one has no score, the batch ends before it, with that failure.
  void score(const Score& score);
  /// Makes it empty, but for the memory of its books.
  void clear();

  [[nodiscard]] bool is_full() const { return count_ == books_.size(); }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] const obkit::OrderBook& book(std::size_t i) const { return books_[i]; }
  /// [strategies]
  [[nodiscard]] std::span<const double> scores(std::size_t i) const {
    return std::span{scores_}.subspan(i * strategies_, strategies_);
  }
  /// Behind the last book; null where all went well.
  [[nodiscard]] const std::exception_ptr& failure() const { return failure_; }

 private:
  void score_some(const Score& score, std::size_t begin, std::size_t count);

  std::size_t strategies_;
  std::vector<obkit::OrderBook> books_;  ///< `count_` of them, and memory of earlier ones
  std::vector<obkit::signals::FlowInputs::Numbers> flow_;  ///< `count_` of them, or none
  std::vector<double> scores_;                             ///< [books × strategies]
  std::size_t count_ = 0;
  std::exception_ptr failure_;
};

}  // namespace obkit::common

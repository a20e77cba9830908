#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/signals/strategy.hpp"
#include "obkit/store/book_stream.hpp"

#include "book_batch.hpp"
#include "input_options.hpp"
#include "score_ahead.hpp"

/// What obsignal and obbacktest share, so that live and backtest agree by construction: the same
/// books, the same scores, the same warnings.
namespace judged_books {

/// Books of the inputs, each with the score that each strategy gives it. Warns of books in sample
/// when it meets the first of each strategy.
class ScoredBooks {
 public:
  /// Takes a book and its scores, [strategies], both valid for the call; false to end there.
  using Taker = std::function<bool(const obkit::OrderBook&, std::span<const double>)>;

  /// With more than one of `jobs`, threads read and score ahead: books that never wait for long, as
  /// ScoreAhead has it. Throws UsageError for strategies that make no sense, IoError, and DataError
  /// for a model file.
  ScoredBooks(const InputOptions& options, obkit::store::BookStream books,
              std::span<const obkit::signals::StrategyOptions> strategies, std::size_t jobs = 1);
  ScoredBooks(const ScoredBooks&) = delete;
  ScoredBooks& operator=(const ScoredBooks&) = delete;
  ~ScoredBooks() = default;

  /// Gives book after book to `taker`, the last ones, at the end or before an error, included; at
  /// the end it warns of what the reader met. Throws DataError, IoError, and UsageError where a
  /// strategy does not fit the books; and what `taker` throws.
  void for_each(Taker taker);
  /// Books that models judge are taken some at once: these are given to the taker now. Within
  /// for_each(), for whoever is called before a wait. Throws as for_each().
  void give_pending();

  /// Books so far that the model of a strategy was trained on.
  [[nodiscard]] std::uint64_t in_sample_books(std::size_t strategy) const {
    return judges_.at(strategy).guard.books();
  }
  /// What to tell of them. Pre: there are some.
  [[nodiscard]] std::string in_sample_warning(std::size_t strategy) const {
    return judges_.at(strategy).guard.warning();
  }
  /// Pre: at the end.
  [[nodiscard]] std::uint64_t skipped_lines() const { return books_.report().skipped; }

 private:
  struct Judge {
    obkit::signals::Strategy strategy;
    obkit::signals::InSampleGuard guard;
  };

  [[nodiscard]] static std::vector<Judge> judges_of(
      const InputOptions& options, std::span<const obkit::signals::StrategyOptions> strategies);
  [[nodiscard]] static std::size_t best_batch_of(const std::vector<Judge>& judges);

  void score(std::span<const obkit::OrderBook> books, std::span<double> scores) const;
  void take_ahead();
  void read();
  [[nodiscard]] bool should_wait_for_more() const;
  void give(const BookBatch& batch);
  void give(const obkit::OrderBook& book, std::span<const double> scores);

  std::vector<Judge> judges_;
  obkit::store::BookStream books_;
  bool warns_, warns_of_in_sample_;
  Score score_;
  Taker taker_;
  bool wants_more_ = true;
  std::size_t best_batch_;
  BookBatch pending_;                  ///< read, not yet given
  std::unique_ptr<ScoreAhead> ahead_;  ///< may be null; uses the members above
};

}  // namespace judged_books

#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/signals/flow_inputs.hpp"
#include "obkit/signals/strategy.hpp"
#include "obkit/store/book_stream.hpp"

#include "common/book_inputs.hpp"

/// What obsignal and obbacktest share, so that live and backtest agree by construction: the same
/// books, the same scores, the same warnings.

namespace obkit::common {

/// Gives books their scores, [books × strategies]: of a book those of all strategies side by side.
/// Throws for a book that has none, not always the first such one.
using Score = std::function<void(const obkit::signals::Books&, std::span<double>)>;

/// What to tell where no score reached the threshold; `greatest` is without sign.
[[nodiscard]] std::string no_signal_text(double threshold, double greatest);

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

/// Books with what the last of them did, where somebody takes that: one stream, read in its order.
class BooksWithFlow {
 public:
  BooksWithFlow(obkit::store::BookStream books, bool takes_flow) : books_{std::move(books)} {
    if (takes_flow) inputs_.emplace();
  }

  /// As that of BookStream. Throws DataError for a book that has no flow.
  [[nodiscard]] bool next() {
    if (!books_.next()) return false;
    if (inputs_) flow_ = inputs_->next(books_.book());
    return true;
  }
  [[nodiscard]] const obkit::OrderBook& book() const { return books_.book(); }
  /// Of book(); empty where nobody takes it.
  [[nodiscard]] const std::optional<obkit::signals::FlowInputs::Numbers>& flow() const {
    return flow_;
  }
  /// book() as a rule takes it; valid until the next call of next().
  [[nodiscard]] obkit::signals::Books as_books() const {
    using Flow = std::span<const obkit::signals::FlowInputs::Numbers>;
    return {{&book(), 1}, flow_ ? Flow{&*flow_, 1} : Flow{}};
  }
  [[nodiscard]] bool holds_line() const { return books_.holds_line(); }
  [[nodiscard]] obkit::store::ReadReport report() const { return books_.report(); }
  [[nodiscard]] const std::vector<std::string>& without_books() const {
    return books_.without_books();
  }

 private:
  obkit::store::BookStream books_;
  std::optional<obkit::signals::FlowInputs> inputs_;
  std::optional<obkit::signals::FlowInputs::Numbers> flow_;
};

/// Reads books and scores them on threads of its own, some hundred ahead of who takes them: books,
/// scores and errors come in their order, as if one thread did it all.
class ScoreAhead {
 public:
  /// `books` must outlive it, be left alone until it is gone, and never wait for long, since the
  /// destructor would. `score` is called on several threads at a time. At most `most` books are
  /// read. Pre: jobs > 0.
  ScoreAhead(BooksWithFlow& books, std::size_t strategies, Score score, std::size_t jobs,
             std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  ScoreAhead(const ScoreAhead&) = delete;
  ScoreAhead& operator=(const ScoreAhead&) = delete;
  ~ScoreAhead();

  /// The next books, scored, until the next call; null at the end. Pre: none before had a failure.
  [[nodiscard]] const BookBatch* next();

 private:
  struct Slot {
    BookBatch batch;
    bool is_last = false;
    bool is_ready = false;
  };

  void work();
  /// Reads the next batch; null where there is nothing more to do.
  [[nodiscard]] Slot* claim();
  void read(Slot& slot);
  [[nodiscard]] Slot& slot(std::uint64_t number) { return slots_[number % slots_.size()]; }

  BooksWithFlow& books_;  ///< of who reads
  std::uint64_t left_;    ///< the same: books that may be read
  Score score_;
  Slot* taken_ = nullptr;  ///< of who takes

  std::mutex mutex_;  ///< of all below, and of Slot::is_ready
  std::condition_variable changed_;
  std::vector<Slot> slots_;                ///< a ring
  std::uint64_t first_ = 0, claimed_ = 0;  ///< slots [first_, claimed_) are taken or under way
  bool is_reading_ = false, is_all_read_ = false, stopped_ = false;
  std::vector<std::thread> threads_;
};

/// Books that one of several models judged, or none, which had no past to learn from.
struct Judged {
  std::string model;  ///< name of its file; empty for none
  std::uint64_t books = 0;
  obkit::DateTime first = {}, last = {};
};

/// "jan.json judged 12 books, from … to …".
[[nodiscard]] std::string text_of(const Judged& judged);

/// Books of the inputs, each with the score that each strategy gives it. Warns of books in sample
/// when it meets the first of each strategy.
class ScoredBooks {
 public:
  /// Takes a book and its scores, [strategies], both valid for the call; false to end there.
  using Taker = std::function<bool(const obkit::OrderBook&, std::span<const double>)>;

  /// With more than one of `jobs`, threads read and score ahead: books that never wait for long, as
  /// ScoreAhead has it. Throws UsageError for strategies that make no sense, IoError, and DataError
  /// for a model file.
  ScoredBooks(const BookInputs& options, obkit::store::BookStream books,
              std::span<const obkit::signals::StrategyOptions> strategies, std::size_t jobs = 1);
  ScoredBooks(const ScoredBooks&) = delete;
  ScoredBooks& operator=(const ScoredBooks&) = delete;
  ~ScoredBooks() = default;

  /// Gives book after book to `taker`, the last ones, at the end or before an error, included; at
  /// the end it warns of what the reader met. Throws DataError, IoError, and UsageError where a
  /// strategy does not fit the books; and what `taker` throws.
  void for_each(const Taker& taker) {
    for_some(std::numeric_limits<std::uint64_t>::max(), taker);
    warn_of_end();
  }
  /// The same with at most `most` books and without a warning. None behind them is read before the
  /// next call, which goes on there.
  void for_some(std::uint64_t most, Taker taker);
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
  /// Of a strategy whose models judge in turn: which judged when; empty for others.
  [[nodiscard]] const std::vector<Judged>& judged(std::size_t strategy) const {
    return judges_.at(strategy).judged;
  }
  /// What was read. Pre: at the end.
  [[nodiscard]] obkit::store::ReadReport report() const { return books_.report(); }
  /// Pre: at the end.
  [[nodiscard]] std::uint64_t skipped_lines() const { return books_.report().skipped; }

 private:
  struct Judge {
    obkit::signals::Strategy strategy;
    obkit::signals::InSampleGuard guard;
    std::vector<Judged> judged = {};
  };

  [[nodiscard]] static std::vector<Judge> judges_of(
      const BookInputs& options, std::span<const obkit::signals::StrategyOptions> strategies);
  [[nodiscard]] static std::size_t best_batch_of(const std::vector<Judge>& judges);
  [[nodiscard]] static bool takes_flow(const std::vector<Judge>& judges);

  void score(const obkit::signals::Books& books, std::span<double> scores) const;
  void warn_of_end() const;
  void take_ahead(std::uint64_t most);
  void read(std::uint64_t most);
  [[nodiscard]] bool should_wait_for_more() const;
  void give(const BookBatch& batch);
  void give(const obkit::OrderBook& book, std::span<const double> scores);

  std::vector<Judge> judges_;
  BooksWithFlow books_;
  bool warns_, warns_of_in_sample_;
  Score score_;
  Taker taker_;
  bool wants_more_ = true;
  std::size_t best_batch_;
  BookBatch pending_;  ///< read, not yet given
  std::size_t jobs_;
};

}  // namespace obkit::common

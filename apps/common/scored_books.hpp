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

#include "common/book_batch.hpp"
#include "common/book_inputs.hpp"
#include "common/days_ahead.hpp"

/// What obsignal and obbacktest share, so that live and backtest agree by construction: the same
/// books, the same scores, the same warnings.

namespace obkit::common {

/// What to tell where no score reached the threshold; `greatest` is without sign.
[[nodiscard]] std::string no_signal_text(double threshold, double greatest);

/// Books with what the last of them did, where somebody takes that: one stream, read in its order.
class BooksWithFlow {
 public:
  BooksWithFlow(obkit::store::BookStream books, bool takes_flow) : books_{std::move(books)} {
    if (takes_flow) inputs_.emplace();
  }

  /// As that of BookStream. Pre: nobody takes flow.
  void wrap_inputs(const obkit::store::BookStream::Wrap& wrap) { books_.wrap_inputs(wrap); }

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

  /// What is read and scored by threads, ahead of who takes it.
  struct Ahead {
    std::size_t jobs = 1;
    std::vector<std::string> files = {};  ///< of the books
    /// That the taker asks for; empty where it wants whole books.
    Levels levels = {};
  };

  /// With more than one job, threads read and score ahead, whole files side by side where they may.
  /// Throws UsageError for strategies that make no sense, IoError, and DataError for a model file.
  ScoredBooks(const BookInputs& options, obkit::store::BookStream books,
              std::span<const obkit::signals::StrategyOptions> strategies, const Ahead& ahead);
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
  void read_days();
  void take_days();
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
  obkit::store::BadLine bad_line_;
  std::size_t jobs_;
  bool takes_long_, may_read_days_;
  Levels levels_;
  DaysAhead* days_ = nullptr;  ///< of books_, once they are read so
};

}  // namespace obkit::common

#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/book_reader.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

#include "common/book_batch.hpp"

namespace obkit::common {

/// How many levels a side of a book somebody asks for, from 0 to all: deeper ones change nothing.
using Levels = std::function<std::size_t(const obkit::OrderBook&)>;

/// Scored books, one behind the other in little memory: of each the levels that are asked for.
class BookStrip {
 public:
  /// `scores`: of the book, always as many. Pre: levels <= depth / 2.
  void add(const obkit::OrderBook& book, std::size_t levels, std::span<const double> scores);
  /// What happened behind the last book.
  void fail(std::exception_ptr failure) { failure_ = std::move(failure); }
  /// Makes it empty, but for its memory.
  void clear();

  [[nodiscard]] std::size_t size() const { return heads_.size(); }
  /// Of its books.
  [[nodiscard]] std::size_t bytes() const;
  /// Null where all went well.
  [[nodiscard]] const std::exception_ptr& failure() const { return failure_; }

  /// Takes its books in turn.
  class Cursor {
   public:
    /// `strip` must outlive it.
    explicit Cursor(const BookStrip& strip) : strip_{&strip} {}

    /// The next book, in the memory of `book`; false at the end.
    [[nodiscard]] bool next(obkit::OrderBook& book);
    /// Of that book.
    [[nodiscard]] std::span<const double> scores() const;

   private:
    const BookStrip* strip_;
    std::size_t taken_ = 0, level_ = 0, date_ = 0;  ///< books; levels and dates of these
  };

 private:
  struct Head {
    int time;
    std::uint32_t depth : 31, gap : 1;
  };
  struct Date {
    std::size_t first;  ///< book that has it
    int date;
  };

  std::vector<Head> heads_;
  std::vector<Date> dates_;             ///< where they change
  std::vector<std::int64_t> prices_;    ///< their units
  std::vector<std::uint8_t> decimals_;  ///< of the prices
  std::vector<double> volumes_, scores_;
  std::exception_ptr failure_;
};

/// Day-files that threads read and score side by side, each file on one of them, ahead of who takes
/// the books in their order: books, scores, reports and errors come as if one thread did it all.
///
/// Memory: `most_bytes` for each thread, however large the files are. Who is so far ahead waits.
class DaysAhead final : public obkit::store::InputSequence {
 public:
  struct How {
    std::size_t jobs = 2;  ///< threads
    obkit::store::BadLine bad_line = obkit::store::BadLine::refuse;
    std::size_t strategies = 1;
    std::size_t best_batch = 1;  ///< books that are scored together
    Score score;                 ///< called on several threads at a time
    Levels levels;               ///< the same
  };
  static constexpr std::size_t most_bytes = std::size_t{16} * 1024 * 1024;

  /// `inputs`: files that never wait for long, since the destructor would.
  DaysAhead(std::unique_ptr<obkit::store::InputSequence> inputs, How how);
  DaysAhead(const DaysAhead&) = delete;
  DaysAhead& operator=(const DaysAhead&) = delete;
  ~DaysAhead() override;

  /// With a reader of its books, of which only the levels that are asked for are there. It must not
  /// outlive this.
  std::optional<Input> next() override;

  /// Of the book that the last reader gave last, [strategies].
  [[nodiscard]] std::span<const double> scores() const { return scores_; }

 private:
  class Reader;
  class Scorer;
  struct Day;

  void start();
  void work();
  /// The next day to read; null where there is none.
  [[nodiscard]] std::shared_ptr<Day> claim();
  void read(Day& day);
  void read_books(Day& day, BookStrip& strip);
  /// What the first book of all has; 0 where this day is the one that may tell.
  [[nodiscard]] std::size_t depth_for(const Day& day);
  void tell_depth(std::size_t depth);
  /// Gives the strip away for an empty one. Throws Stopped.
  void push(Day& day, BookStrip& strip);
  void end(Day& day, BookStrip strip);
  /// In place of `strip`, which was used up; false at the end.
  [[nodiscard]] bool pull(Day& day, BookStrip& strip);

  std::unique_ptr<obkit::store::InputSequence> inputs_;
  How how_;
  std::span<const double> scores_;  ///< of who takes

  std::mutex mutex_;  ///< of all below, and of each Day
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Day>> waiting_;  ///< claimed, not yet given
  std::set<std::uint64_t> open_;              ///< numbers of those that are read
  std::vector<BookStrip> spare_;
  std::uint64_t claimed_ = 0, given_ = 0;  ///< days
  std::size_t depth_ = 0;                  ///< of the first book; 0: not known
  std::size_t bytes_ = 0;                  ///< of all strips that wait
  bool is_all_claimed_ = false, stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace obkit::common

#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/store/day_file_reader.hpp"

namespace judged_books {

/// Gives a book its scores, [strategies]. Called on several threads at a time.
using Score = std::function<void(const obkit::OrderBook&, std::span<double>)>;

/// Reads books and scores them on threads of its own, some hundred ahead of who takes them: books,
/// scores and errors come in their order, as if one thread did it all.
class ScoreAhead {
 public:
  /// `books` must outlive it, be left alone until it is gone, and never wait for long, since the
  /// destructor would. Pre: jobs > 0.
  ScoreAhead(obkit::store::BookStream& books, std::size_t strategies, Score score,
             std::size_t jobs);
  ScoreAhead(const ScoreAhead&) = delete;
  ScoreAhead& operator=(const ScoreAhead&) = delete;
  ~ScoreAhead();

  /// False at the end. Throws what reading or scoring that book threw; the end comes then.
  [[nodiscard]] bool next(obkit::OrderBook& book, std::span<double> scores);

 private:
  struct Batch {
    std::vector<obkit::OrderBook> books;  ///< `count` of them, and memory of earlier ones
    std::vector<double> scores;           ///< [books × strategies]
    std::size_t count = 0;
    std::exception_ptr failure;  ///< behind these books
    bool is_last = false;
    bool is_ready = false;
  };

  void work();
  /// Reads the next batch; null where there is nothing more to do.
  [[nodiscard]] Batch* claim();
  void read(Batch& batch);
  void score(Batch& batch) const;
  [[nodiscard]] bool turn_to_next();
  [[nodiscard]] Batch& batch(std::uint64_t number) { return batches_[number % batches_.size()]; }

  obkit::store::BookStream& books_;  ///< of who reads
  std::size_t strategies_;
  Score score_;
  Batch* taken_ = nullptr;  ///< of who takes, as the next two
  std::size_t next_book_ = 0;
  bool is_at_end_ = false;

  std::mutex mutex_;  ///< of all below, and of Batch::is_ready
  std::condition_variable changed_;
  std::vector<Batch> batches_;             ///< a ring
  std::uint64_t first_ = 0, claimed_ = 0;  ///< batches [first_, claimed_) are taken or under way
  bool is_reading_ = false, is_all_read_ = false, stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace judged_books

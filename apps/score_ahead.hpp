#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "obkit/store/book_stream.hpp"

#include "book_batch.hpp"

namespace judged_books {

/// Reads books and scores them on threads of its own, some hundred ahead of who takes them: books,
/// scores and errors come in their order, as if one thread did it all.
class ScoreAhead {
 public:
  /// `books` must outlive it, be left alone until it is gone, and never wait for long, since the
  /// destructor would. `score` is called on several threads at a time. Pre: jobs > 0.
  ScoreAhead(obkit::store::BookStream& books, std::size_t strategies, Score score,
             std::size_t jobs);
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

  obkit::store::BookStream& books_;  ///< of who reads
  Score score_;
  Slot* taken_ = nullptr;  ///< of who takes

  std::mutex mutex_;  ///< of all below, and of Slot::is_ready
  std::condition_variable changed_;
  std::vector<Slot> slots_;                ///< a ring
  std::uint64_t first_ = 0, claimed_ = 0;  ///< slots [first_, claimed_) are taken or under way
  bool is_reading_ = false, is_all_read_ = false, stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace judged_books

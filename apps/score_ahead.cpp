#include "score_ahead.hpp"

#include <algorithm>
#include <utility>

namespace judged_books {
namespace {

constexpr std::size_t batch_size = 128;

}  // namespace

ScoreAhead::ScoreAhead(obkit::store::BookStream& books, std::size_t strategies, Score score,
                       std::size_t jobs)
    : books_{books}, strategies_{strategies}, score_{std::move(score)}, batches_(2 * jobs + 1) {
  for (Batch& batch : batches_) {
    batch.books.resize(batch_size);
    batch.scores.resize(batch_size * strategies);
  }
  for (std::size_t i = 0; i < jobs; ++i) threads_.emplace_back([this] { work(); });
}

ScoreAhead::~ScoreAhead() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ScoreAhead::next(obkit::OrderBook& book, std::span<double> scores) {
  while (taken_ == nullptr || next_book_ == taken_->count) {
    if (taken_ != nullptr && taken_->failure) {
      is_at_end_ = true;
      std::rethrow_exception(std::exchange(taken_->failure, nullptr));
    }
    if (is_at_end_ || !turn_to_next()) return false;
  }
  const auto found = std::span{taken_->scores}.subspan(next_book_ * strategies_, strategies_);
  std::copy(found.begin(), found.end(), scores.begin());
  std::swap(book, taken_->books[next_book_++]);
  return true;
}

bool ScoreAhead::turn_to_next() {
  std::unique_lock lock{mutex_};
  if (taken_ != nullptr) {
    is_at_end_ = taken_->is_last;
    if (is_at_end_) return false;
    taken_->is_ready = false;
    ++first_;
    changed_.notify_all();
  }
  taken_ = &batch(first_);
  next_book_ = 0;
  changed_.wait(lock, [this] { return taken_->is_ready; });
  return true;
}

void ScoreAhead::work() {
  while (Batch* const batch = claim()) {
    score(*batch);
    const std::lock_guard lock{mutex_};
    batch->is_ready = true;
    changed_.notify_all();
  }
}

ScoreAhead::Batch* ScoreAhead::claim() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] {
    return stopped_ || is_all_read_ || (!is_reading_ && claimed_ < first_ + batches_.size());
  });
  if (stopped_ || is_all_read_) return nullptr;
  Batch& claimed = batch(claimed_++);
  is_reading_ = true;
  lock.unlock();
  read(claimed);
  lock.lock();
  is_reading_ = false;
  is_all_read_ = claimed.is_last;
  changed_.notify_all();
  return &claimed;
}

void ScoreAhead::read(Batch& batch) {
  batch.count = 0;
  batch.failure = nullptr;
  try {
    while (batch.count < batch_size && books_.next(batch.books[batch.count])) ++batch.count;
    batch.is_last = batch.count < batch_size;
  } catch (...) {
    batch.failure = std::current_exception();
    batch.is_last = true;
  }
}

void ScoreAhead::score(Batch& batch) const {
  const std::span all{batch.scores};
  for (std::size_t i = 0; i < batch.count; ++i) {
    try {
      score_(batch.books[i], all.subspan(i * strategies_, strategies_));
    } catch (...) {
      batch.failure = std::current_exception();
      batch.count = i;
    }
  }
}

}  // namespace judged_books

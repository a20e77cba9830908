#include "score_ahead.hpp"

#include <exception>
#include <utility>

namespace judged_books {
namespace {

constexpr std::size_t batch_size = 128;

}  // namespace

ScoreAhead::ScoreAhead(obkit::store::BookStream& books, std::size_t strategies, Score score,
                       std::size_t jobs)
    : books_{books},
      score_{std::move(score)},
      slots_(2 * jobs + 1, Slot{.batch = BookBatch{batch_size, strategies}}) {
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

const BookBatch* ScoreAhead::next() {
  std::unique_lock lock{mutex_};
  if (taken_ != nullptr) {
    if (taken_->is_last) return nullptr;
    taken_->is_ready = false;
    ++first_;
    changed_.notify_all();
  }
  taken_ = &slot(first_);
  changed_.wait(lock, [this] { return taken_->is_ready; });
  return &taken_->batch;
}

void ScoreAhead::work() {
  while (Slot* const claimed = claim()) {
    claimed->batch.score(score_);
    const std::lock_guard lock{mutex_};
    claimed->is_ready = true;
    changed_.notify_all();
  }
}

ScoreAhead::Slot* ScoreAhead::claim() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] {
    return stopped_ || is_all_read_ || (!is_reading_ && claimed_ < first_ + slots_.size());
  });
  if (stopped_ || is_all_read_) return nullptr;
  Slot& claimed = slot(claimed_++);
  is_reading_ = true;
  lock.unlock();
  read(claimed);
  lock.lock();
  is_reading_ = false;
  is_all_read_ = claimed.is_last;
  changed_.notify_all();
  return &claimed;
}

void ScoreAhead::read(Slot& slot) {
  slot.batch.clear();
  try {
    while (!slot.batch.is_full() && books_.next()) slot.batch.add(books_.book());
  } catch (...) {
    slot.batch.fail(std::current_exception());
  }
  slot.is_last = !slot.batch.is_full();
}

}  // namespace judged_books

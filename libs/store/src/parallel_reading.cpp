#include "parallel_reading.hpp"

#include <utility>

#include "view_source.hpp"

namespace obkit::store {

ParallelReading::ParallelReading(std::unique_ptr<ByteSource> source, std::string name,
                                 BadLine bad_line, ReadingStart start, std::size_t jobs)
    : name_{std::move(name)},
      bad_line_{bad_line},
      start_{std::move(start)},
      chunks_{std::move(source)},
      parts_(2 * jobs + 1) {
  for (std::size_t i = 0; i < jobs; ++i) threads_.emplace_back([this] { work(); });
}

ParallelReading::~ParallelReading() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ParallelReading::next(OrderBook& book) {
  while (taken_ == nullptr || next_book_ == taken_->count) {
    if (taken_ != nullptr && taken_->failure) {
      is_at_end_ = true;
      std::rethrow_exception(std::exchange(taken_->failure, nullptr));
    }
    if (is_at_end_ || !turn_to_next()) return false;
  }
  take(book);
  return true;
}

void ParallelReading::take(OrderBook& book) {
  std::swap(book, taken_->books[next_book_++]);
  if (lost_lines_) book.gap = true;
  // Lines lost within the part are in its books already.
  lost_lines_ = next_book_ == taken_->count && taken_->lost_lines;
  last_time_ = book.time;
}

/// Gives back the part that was taken and waits for the next one; false at the end.
bool ParallelReading::turn_to_next() {
  std::unique_lock lock{mutex_};
  if (taken_ != nullptr) {
    if (taken_->lines.is_last) {
      is_at_end_ = true;
      return false;
    }
    taken_->is_read = false;
    ++first_;
    changed_.notify_all();
  }
  taken_ = &part(first_);
  changed_.wait(lock, [this] { return taken_->is_read; });
  lock.unlock();
  begin(*taken_);
  return true;
}

void ParallelReading::begin(Part& part) {
  next_book_ = 0;
  const bool other_depth =
      start_.depth != 0 && part.count > 0 && part.books.front().depth() != start_.depth;
  const bool other_symbol =
      !start_.symbol.empty() && !part.symbol.empty() && part.symbol != start_.symbol;
  if (other_depth || other_symbol)
    read(part, {.depth = start_.depth, .symbol = start_.symbol, .lines = part.lines.lines_before});
  if (part.count > 0) {
    start_.depth = part.books.front().depth();
    if (last_time_ && part.books.front().time < *last_time_) ++part.report.time_went_back;
  } else {
    lost_lines_ = lost_lines_ || part.lost_lines;
  }
  if (!part.symbol.empty()) start_.symbol = part.symbol;
  report_ += part.report;
}

void ParallelReading::work() {
  while (Part* const part = claim()) {
    read(*part, {.depth = 0, .symbol = {}, .lines = part->lines.lines_before});
    const std::lock_guard lock{mutex_};
    part->is_read = true;
    changed_.notify_all();
  }
}

/// Cuts the next lines; null where there is nothing more to do.
ParallelReading::Part* ParallelReading::claim() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] {
    return stopped_ || is_all_cut_ || (!is_cutting_ && claimed_ < first_ + parts_.size());
  });
  if (stopped_ || is_all_cut_) return nullptr;
  Part& claimed = part(claimed_++);
  is_cutting_ = true;
  lock.unlock();
  chunks_.next(claimed.lines);
  lock.lock();
  is_cutting_ = false;
  is_all_cut_ = claimed.lines.is_last;
  changed_.notify_all();
  return &claimed;
}

void ParallelReading::read(Part& part, ReadingStart start) const {
  SerialReading reading{std::make_unique<ViewSource>(part.lines.bytes), name_, bad_line_,
                        std::move(start)};
  part.count = 0;
  part.failure = part.lines.failure;
  try {
    for (;; ++part.count) {
      if (part.count == part.books.size()) part.books.emplace_back();
      if (!reading.next(part.books[part.count])) break;
    }
  } catch (...) {
    part.failure = std::current_exception();
  }
  part.report = reading.report();
  part.lost_lines = reading.lost_lines();
  part.symbol = reading.symbol();
}

}  // namespace obkit::store

#include "lines/books_ahead.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "obkit/store/line_reader.hpp"

namespace obkit::store {
namespace {

/// A line that is longer is none of a book, as LineReader will say.
constexpr std::size_t longest_looked_at = std::size_t{64} * 1024 * 1024;

/// Behind the last end of a line; 0 where none ends.
std::size_t end_of_lines(std::span<const char> text) {
  const std::string_view view{text.data(), text.size()};
  return view.rfind('\n') + 1;
}

}  // namespace

BooksAhead::BooksAhead(std::unique_ptr<ByteSource> source, std::size_t jobs)
    : jobs_{std::min(jobs, most_jobs)}, source_{std::move(source)}, slots_(2 * jobs_ + 1) {}

BooksAhead::~BooksAhead() { stop(); }

Piece* BooksAhead::next() {
  std::unique_lock lock{mutex_};
  if (std::exchange(has_taken_, false)) {
    slot(first_++).is_ready = false;
    changed_.notify_all();
    if (threads_.empty() && !is_all_cut_) start();
  }
  for (;;) {
    if (slot(first_).is_ready) break;
    if (first_ == claimed_ && is_all_cut_) return nullptr;
    if (may_claim())
      do_one(line_, lock);
    else
      changed_.wait(lock);
  }
  has_taken_ = true;
  return &slot(first_).piece;
}

void BooksAhead::give_back(std::size_t offset) {
  stop();
  given_ = offset;
}

std::size_t BooksAhead::read(std::span<char> block) {
  for (; first_ < claimed_; ++first_, given_ = 0) {
    const Piece& piece = slot(first_).piece;
    const std::size_t count = std::min(block.size(), piece.size - given_);
    if (count == 0) continue;
    std::memcpy(block.data(), piece.text.data() + given_, count);
    given_ += count;
    return count;
  }
  if (!begun_.empty()) {
    const std::size_t count = std::min(block.size(), begun_.size());
    std::memcpy(block.data(), begun_.data(), count);
    begun_.erase(begun_.begin(), begun_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  if (failure_) std::rethrow_exception(failure_);
  return source_->read(block);
}

/// Pre: mutex_ is held. Where no thread can be had it goes without.
void BooksAhead::start() {
  try {
    while (threads_.size() + 1 < jobs_) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    return;
  }
}

void BooksAhead::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void BooksAhead::work() {
  FastLine line;
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || is_all_cut_ || may_claim(); });
    if (stopped_ || is_all_cut_) return;
    do_one(line, lock);
  }
}

bool BooksAhead::may_claim() const {
  return !is_cutting_ && !is_all_cut_ && claimed_ < first_ + slots_.size();
}

void BooksAhead::do_one(FastLine& line, std::unique_lock<std::mutex>& lock) {
  Slot& claimed = slot(claimed_++);
  is_cutting_ = true;
  lock.unlock();
  cut(claimed.piece);
  lock.lock();
  is_cutting_ = false;
  is_all_cut_ = claimed.piece.size == 0 || failure_;
  changed_.notify_all();
  lock.unlock();
  read_books(line, claimed.piece);
  lock.lock();
  claimed.is_ready = true;
  changed_.notify_all();
}

/// The text has no bytes only at the end of the source.
void BooksAhead::cut(Piece& piece) {
  std::size_t wanted = std::max(piece_size, 2 * begun_.size());
  piece.text.resize(wanted + LineReader::padding);
  std::copy(begun_.begin(), begun_.end(), piece.text.begin());
  std::size_t filled = std::exchange(begun_, {}).size();
  bool has_ended = false;
  std::size_t end = 0;
  for (;;) {
    try {
      while (filled < wanted && !has_ended) {
        const std::size_t count = source_->read({piece.text.data() + filled, wanted - filled});
        filled += count;
        has_ended = count == 0;
      }
    } catch (...) {
      failure_ = std::current_exception();
      has_ended = true;
    }
    end = has_ended ? filled : end_of_lines({piece.text.data(), filled});
    if (end > 0 || has_ended || filled > longest_looked_at) break;
    wanted *= 2;
    piece.text.resize(wanted + LineReader::padding);
  }
  if (end == 0) end = filled;
  begun_.assign(piece.text.begin() + static_cast<std::ptrdiff_t>(end),
                piece.text.begin() + static_cast<std::ptrdiff_t>(filled));
  piece.size = end;
  piece.failure = failure_;
  std::memset(piece.text.data() + end, 0, LineReader::padding);
}

void BooksAhead::read_books(FastLine& line, Piece& piece) {
  piece.count = piece.read = 0;
  std::size_t depth = 0;
  while (piece.read < piece.size) {
    const std::string_view rest{piece.text.data() + piece.read, piece.size - piece.read};
    const std::size_t length = rest.find('\n');
    const bool is_ended = length != std::string_view::npos;
    if (!is_ended && piece.failure) return;  // nobody knows what else it has
    std::string_view text = rest.substr(0, length);
    if (is_ended && text.ends_with('\r')) text.remove_suffix(1);
    if (!line.read(text, {.depth = depth})) return;
    depth = line.book().depth();
    if (piece.count == piece.books.size()) piece.books.emplace_back();
    piece.books[piece.count++] = line.book();
    piece.read += is_ended ? length + 1 : rest.size();
  }
}

}  // namespace obkit::store

#include "bytes/hash_ahead.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace obkit::store {

HashAhead::HashAhead(std::unique_ptr<ByteSource> source, Ahead ahead,
                     std::function<void(std::string)> taker)
    : source_{std::move(source)}, ahead_{ahead}, taker_{std::move(taker)} {}

HashAhead::~HashAhead() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::size_t HashAhead::read(std::span<char> out) {
  if (ahead_ == Ahead::no || begun_ < begin_size) return read_here(out);
  if (!thread_.joinable()) start();
  if (!wait_for_block()) return 0;
  Block& from = block(taken_);
  const std::size_t count = std::min(out.size(), from.size - from.given);
  std::copy_n(from.bytes.begin() + static_cast<std::ptrdiff_t>(from.given), count, out.begin());
  from.given += count;
  if (from.given < from.size) return count;
  {
    const std::lock_guard lock{mutex_};
    ++taken_;
  }
  changed_.notify_all();
  return count;
}

bool HashAhead::would_wait(std::chrono::milliseconds longer_than) const {
  return !thread_.joinable() && source_->would_wait(longer_than);
}

std::size_t HashAhead::read_here(std::span<char> out) {
  const std::size_t count = source_->read(out);
  begun_ += count;
  if (count > 0)
    hash_.add(out.first(count));
  else if (!std::exchange(told_, true))
    taker_(hash_.hex());
  return count;
}

void HashAhead::start() {
  for (Block& block : ring_) block.bytes.resize(block_size);
  thread_ = std::thread{[this] { run(); }};
}

void HashAhead::run() {
  Lock lock{mutex_};
  while (!stopped_) {
    if (hashed_ < read_) {
      hash_block(lock);
    } else if (ended_) {
      if (!failure_) taker_(hash_.hex());
      told_ = true;
      changed_.notify_all();
      return;
    } else if (may_read()) {
      read_block(lock);
    } else {
      changed_.wait(lock);
    }
  }
}

bool HashAhead::wait_for_block() {
  Lock lock{mutex_};
  while (taken_ == read_) {
    if (told_) {
      if (failure_) std::rethrow_exception(failure_);
      return false;
    }
    if (may_read())
      read_block(lock);
    else
      changed_.wait(lock);
  }
  return true;
}

/// A block is free again once it was taken and hashed.
bool HashAhead::may_read() const {
  return !is_reading_ && !ended_ && read_ < std::min(taken_, hashed_) + blocks;
}

void HashAhead::read_block(Lock& lock) {
  Block& to = block(read_);
  is_reading_ = true;
  lock.unlock();
  std::exception_ptr failure;
  to.given = to.size = 0;
  try {
    to.size = source_->read(to.bytes);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  is_reading_ = false;
  failure_ = std::move(failure);
  if (to.size > 0)
    ++read_;
  else
    ended_ = true;
  changed_.notify_all();
}

void HashAhead::hash_block(Lock& lock) {
  const Block& from = block(hashed_);
  lock.unlock();
  hash_.add(std::span{from.bytes}.first(from.size));
  lock.lock();
  ++hashed_;
  changed_.notify_all();
}

}  // namespace obkit::store

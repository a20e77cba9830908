#include "bytes/read_ahead.hpp"

#include <algorithm>

namespace obkit::store {

ReadAhead::~ReadAhead() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::size_t ReadAhead::read(std::span<char> out) {
  if (begun_ < begin_size) {
    const std::size_t count = source_->read(out);
    begun_ += count;
    return count;
  }
  if (!thread_.joinable()) start();
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return filled_ > 0 || ended_; });
  if (filled_ == 0) {
    if (failure_) std::rethrow_exception(failure_);
    return 0;
  }
  Block& block = ring_[first_];
  lock.unlock();
  const std::size_t count = std::min(out.size(), block.size - block.given);
  std::copy_n(block.bytes.begin() + static_cast<std::ptrdiff_t>(block.given), count, out.begin());
  block.given += count;
  if (block.given < block.size) return count;
  lock.lock();
  first_ = (first_ + 1) % blocks;
  --filled_;
  lock.unlock();
  changed_.notify_all();
  return count;
}

void ReadAhead::start() {
  for (Block& block : ring_) block.bytes.resize(block_size);
  thread_ = std::thread{[this] { run(); }};
}

void ReadAhead::run() {
  for (std::size_t at = 0;; at = (at + 1) % blocks) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return filled_ < blocks || stopped_; });
    if (stopped_) return;
    lock.unlock();
    const bool more = fill(ring_[at]);
    lock.lock();
    if (more)
      ++filled_;
    else
      ended_ = true;
    lock.unlock();
    changed_.notify_all();
    if (!more) return;
  }
}

bool ReadAhead::fill(Block& block) {
  block.given = 0;
  try {
    block.size = source_->read(block.bytes);
    return block.size > 0;
  } catch (...) {
    const std::lock_guard lock{mutex_};
    failure_ = std::current_exception();
    return false;
  }
}

}  // namespace obkit::store

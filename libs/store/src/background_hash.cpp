#include "background_hash.hpp"

#include <cstddef>
#include <system_error>

namespace obkit::store {
namespace {

constexpr std::size_t large = std::size_t{64} * 1024;

}  // namespace

BackgroundHash::~BackgroundHash() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BackgroundHash::add(std::string_view bytes) {
  wait();
  if (bytes.size() < large || !start()) return hash_.add(bytes);
  piece_ = bytes;
  {
    const std::lock_guard lock{mutex_};
    is_busy_ = true;
  }
  changed_.notify_all();
}

std::string BackgroundHash::hex() {
  wait();
  return hash_.hex();
}

/// Whether there is a thread. Where none can be had it goes without.
bool BackgroundHash::start() {
  if (thread_.joinable()) return true;
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void BackgroundHash::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [&] { return is_busy_ || ends_; });
    if (!is_busy_) return;
    lock.unlock();
    hash_.add(piece_);
    lock.lock();
    is_busy_ = false;
    changed_.notify_all();
  }
}

void BackgroundHash::wait() {
  if (!thread_.joinable()) return;
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return !is_busy_; });
}

}  // namespace obkit::store

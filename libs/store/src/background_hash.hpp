#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "sha256.hpp"

namespace obkit::store {

/// SHA-256 of bytes that come piece by piece: of large pieces on a thread of its own, while the
/// caller goes on; of small ones, which waking a thread would cost more than, at once.
class BackgroundHash {
 public:
  BackgroundHash() = default;
  BackgroundHash(const BackgroundHash&) = delete;
  BackgroundHash& operator=(const BackgroundHash&) = delete;
  ~BackgroundHash();

  /// Copies what it needs. Waits where the piece before is not done yet.
  void add(std::string_view bytes);
  /// 64 hexadecimal digits, in lower case. Ends it.
  [[nodiscard]] std::string hex();

 private:
  [[nodiscard]] bool start();
  void run();
  void wait();

  Sha256 hash_;        ///< the thread's while it is busy
  std::string piece_;  ///< the same
  bool is_busy_ = false, ends_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace obkit::store

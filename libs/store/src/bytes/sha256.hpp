#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/input.hpp"

struct evp_md_ctx_st;

namespace obkit::store {

/// SHA-256 of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const char> bytes);
  /// 64 hexadecimal digits, in lower case. Ends it.
  [[nodiscard]] std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Passes on what `source` gives and adds it to `hash` and its length to `bytes`, which both must
/// outlive it.
[[nodiscard]] std::unique_ptr<ByteSource> hashed(std::unique_ptr<ByteSource> source, Sha256& hash,
                                                 std::uint64_t& bytes);

/// SHA-256 of bytes that come piece by piece: of large pieces on a thread of its own, while the
/// caller goes on; of small ones, which waking a thread would cost more than, at once.
class BackgroundHash {
 public:
  BackgroundHash() = default;
  BackgroundHash(const BackgroundHash&) = delete;
  BackgroundHash& operator=(const BackgroundHash&) = delete;
  ~BackgroundHash() { rest(); }

  /// Copies what it needs. Waits where the piece before is not done yet.
  void add(std::string_view bytes);
  /// Gives the thread up until it is needed again.
  void rest();
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

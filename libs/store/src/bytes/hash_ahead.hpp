#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/input.hpp"

#include "bytes/sha256.hpp"

namespace obkit::store {

/// Passes on what a source gives, and tells its SHA-256 at the end.
///
/// With Ahead::yes, a large source is hashed on a thread of its own. That thread also reads ahead
/// while it has nothing to hash, and so does who takes the bytes instead of waiting for them: of
/// both, neither is idle while the other has too much to do. Bytes, end and errors come in their
/// order. The destructor waits for a read that is under way.
class HashAhead final : public ByteSource {
 public:
  /// The first bytes come without a thread, which a small file is not worth.
  static constexpr std::size_t begin_size = std::size_t{1} << 20;
  static constexpr std::size_t block_size = std::size_t{64} * 1024, blocks = 8;

  /// `taker` is called before the end is told; not at all where that was not reached.
  HashAhead(std::unique_ptr<ByteSource> source, Ahead ahead,
            std::function<void(std::string)> taker);
  HashAhead(const HashAhead&) = delete;
  HashAhead& operator=(const HashAhead&) = delete;
  ~HashAhead() override;

  std::size_t read(std::span<char> out) override;
  [[nodiscard]] bool would_wait(std::chrono::milliseconds longer_than) const override;

 private:
  struct Block {
    std::vector<char> bytes;
    std::size_t size = 0, given = 0;
  };
  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] std::size_t read_here(std::span<char> out);
  void start();
  void run();
  /// Whether there is a block to take; reads it where nobody else does.
  [[nodiscard]] bool wait_for_block();
  [[nodiscard]] bool may_read() const;
  void read_block(Lock& lock);
  void hash_block(Lock& lock);
  [[nodiscard]] Block& block(std::uint64_t number) { return ring_[number % blocks]; }

  std::unique_ptr<ByteSource> source_;
  Ahead ahead_;
  std::function<void(std::string)> taker_;
  Sha256 hash_;  ///< the thread's, once there is one
  std::size_t begun_ = 0;
  std::thread thread_;
  std::array<Block, blocks> ring_;
  std::mutex mutex_;  ///< of all below
  std::condition_variable changed_;
  std::uint64_t read_ = 0, taken_ = 0, hashed_ = 0;  ///< blocks
  bool is_reading_ = false, ended_ = false, told_ = false, stopped_ = false;
  std::exception_ptr failure_;  ///< that ended it
};

}  // namespace obkit::store

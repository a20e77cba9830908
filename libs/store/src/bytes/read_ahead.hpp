#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// Reads a source on a thread of its own, some blocks ahead of who takes them: for one that has
/// work to do, as a decompressor.
///
/// Bytes, end and errors come in their order, as from the source itself. The first bytes are read
/// without a thread, which a small file is not worth. The destructor waits for a read that is under
/// way, so the source must not be one that may wait for long, as a live pipe.
class ReadAhead final : public ByteSource {
 public:
  /// So many bytes come without a thread, and so many, in blocks, are ahead at most.
  static constexpr std::size_t begin_size = std::size_t{1} << 20;
  static constexpr std::size_t block_size = std::size_t{128} * 1024, blocks = 4;

  explicit ReadAhead(std::unique_ptr<ByteSource> source) : source_{std::move(source)} {}
  ~ReadAhead() override;

  std::size_t read(std::span<char> out) override;

 private:
  struct Block {
    std::vector<char> bytes;
    std::size_t size = 0, given = 0;
  };

  void start();
  void run();
  /// Fills a block; false at the end and after an error, which is kept.
  bool fill(Block& block);

  std::unique_ptr<ByteSource> source_;
  std::size_t begun_ = 0;
  std::thread thread_;
  std::array<Block, blocks> ring_;  ///< a filled block is the reader's, another one the thread's
  std::mutex mutex_;                ///< of all below
  std::condition_variable changed_;
  std::size_t first_ = 0, filled_ = 0;
  bool ended_ = false, stopped_ = false;
  std::exception_ptr failure_;
};

}  // namespace obkit::store

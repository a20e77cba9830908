#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "obkit/cli/status_line.hpp"
#include "obkit/core/byte_stream.hpp"

namespace obdataset {

/// How far the work is. Threads count; the one that made it paints.
class Meter {
 public:
  Meter(const std::vector<std::string>& inputs, obkit::cli::StatusLine::Wish wish);

  /// Opens an input, decompresses it and counts the bytes of the file as they are read.
  [[nodiscard]] std::unique_ptr<obkit::ByteSource> open(const std::string& input);
  /// This many books more were read.
  void add_books(std::uint64_t count) { books_.fetch_add(count, std::memory_order_relaxed); }
  /// Does nothing on other threads.
  void paint();
  [[nodiscard]] double seconds() const;

 private:
  [[nodiscard]] std::string text() const;

  std::atomic<std::uint64_t> bytes_ = 0, books_ = 0;
  std::optional<std::uint64_t> all_bytes_;  ///< empty where an input is no file
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::thread::id painter_ = std::this_thread::get_id();
  obkit::cli::StatusLine line_;
};

}  // namespace obdataset

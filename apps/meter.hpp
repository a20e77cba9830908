#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "obkit/cli/status_line.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/store/input.hpp"

/// What batch tools share to show how far they are.
namespace metered {

/// How far the work is. Threads count; the one that made it paints.
class Meter {
 public:
  Meter(const std::vector<std::string>& inputs, obkit::cli::StatusLine::Wish wish);

  /// Opens an input and counts its bytes as they are read.
  [[nodiscard]] std::unique_ptr<obkit::ByteSource> open_as_it_is(const std::string& input);
  /// The same, and decompresses it.
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

/// Files that a meter counts.
class Inputs final : public obkit::store::InputSequence {
 public:
  /// `meter` must outlive it.
  Inputs(std::vector<std::string> paths, Meter& meter) : paths_{std::move(paths)}, meter_{meter} {}

  std::optional<Input> next() override;

 private:
  std::vector<std::string> paths_;
  Meter& meter_;
  std::size_t opened_ = 0;
};

}  // namespace metered

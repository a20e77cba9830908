#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "obkit/core/part_file.hpp"

namespace obkit {

/// Where bytes come from: a file, a pipe, a decompressor, memory in a test.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// Fills the front of `block` and returns how many bytes; 0 only at the end.
  /// Pre: block is not empty. Throws IoError.
  [[nodiscard]] virtual std::size_t read(std::span<char> block) = 0;

  /// Whether read() would wait longer than that for somebody to write: true for a pipe that stays
  /// empty, never for a file. Does not return before it knows.
  [[nodiscard]] virtual bool would_wait(std::chrono::milliseconds /*longer_than*/) const {
    return false;
  }
};

/// Where bytes go.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  /// Throws IoError, as do the others.
  virtual void write(std::string_view bytes) = 0;
  /// Hands what was written to the kernel.
  virtual void flush() = 0;
  /// Only a close() that returned proves that all was written.
  virtual void close() = 0;
};

/// What messages call an input: "standard input" for "-".
[[nodiscard]] std::string display_name(std::string_view path);

/// Opens a file, or standard input for "-". Throws IoError (a folder is refused too).
[[nodiscard]] std::unique_ptr<ByteSource> open_source(const std::string& path);

/// Throws the IoError of open_sink() for a file that exists already: before the work, where a sink
/// is opened late.
void check_sink(const std::string& path, Existing existing);

/// Opens standard output for "-"; else writes to `<path>.part`, renamed to `path` by close(), so
/// that no half file ever has the final name. Destroyed without close(), the .part file is removed.
/// Output is buffered; on standard output until flush(). Throws IoError.
[[nodiscard]] std::unique_ptr<ByteSink> open_sink(const std::string& path, Existing existing);

/// The whole file (or standard input), at most `limit` bytes; more is a DataError.
[[nodiscard]] std::string read_all(const std::string& path, std::size_t limit);

}  // namespace obkit

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace obkit {

/// Owns a file descriptor: a file, socket, pipe, event or watch. Closes it when destroyed.
class Descriptor {
 public:
  /// Holds none.
  Descriptor() = default;
  /// `fd` as the system call returned it: below 0 is none, and errno is still the caller's to read.
  explicit Descriptor(int fd) noexcept : fd_{fd} {}
  Descriptor(Descriptor&& other) noexcept : fd_{other.release()} {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { static_cast<void>(close()); }

  /// Below 0 where it holds none.
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  /// Gives the descriptor away: the caller closes it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  /// Returns 0, or the errno of a close that failed. It holds none afterwards, either way.
  int close() noexcept;

 private:
  int fd_ = -1;
};

/// Makes a file in `folder` that has no name, for reading and writing. It goes when it is closed,
/// however the process ends. Holds none, with errno, where it cannot be made.
[[nodiscard]] Descriptor open_nameless_file(const std::string& folder);

/// Writes all of `bytes`, or throws an IoError with `name`.
void write_all(int fd, std::string_view bytes, std::string_view name);

/// The same from `offset` on, which moves no position that write_all() writes at.
void write_at(int fd, std::uint64_t offset, std::span<const char> bytes, std::string_view name);

/// Fills the front of `out` from `offset` on. Returns how many bytes: fewer only where the file
/// ends. Throws an IoError with `name`.
[[nodiscard]] std::size_t read_at(int fd, std::uint64_t offset, std::span<char> out,
                                  std::string_view name);

}  // namespace obkit

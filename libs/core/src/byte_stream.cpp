#include "obkit/core/byte_stream.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/stat.h>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "obkit/core/descriptor.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/file_sink.hpp"

namespace obkit {
namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;

/// Reads what it owns, or a standard stream, which stays open.
class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(int fd, Descriptor owned, std::string name)
      : fd_{fd}, owned_{std::move(owned)}, name_{std::move(name)} {}

  std::size_t read(std::span<char> block) override {
    for (;;) {
      const ssize_t count = ::read(fd_, block.data(), block.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) throw IoError{IoError::During::read, name_, errno};
    }
  }

  [[nodiscard]] bool would_wait(std::chrono::milliseconds longer_than) const override {
    pollfd input{fd_, POLLIN, 0};
    return ::poll(&input, 1, static_cast<int>(longer_than.count())) == 0;
  }

 private:
  int fd_;
  Descriptor owned_;
  std::string name_;
};

/// Buffers in front of what it owns, or of a standard stream, which stays open.
class DescriptorSink final : public ByteSink {
 public:
  DescriptorSink(int fd, Descriptor owned, std::string name)
      : fd_{fd}, owned_{std::move(owned)}, name_{std::move(name)} {}

  void write(std::string_view bytes) override {
    if (buffer_.size() + bytes.size() > block_size) flush();
    if (bytes.size() > block_size) return write_all(fd_, bytes, name_);
    buffer_.append(bytes);
  }
  void flush() override {
    // What could not be written is not tried again: the error has been told.
    pending_.clear();
    pending_.swap(buffer_);
    write_all(fd_, pending_, name_);
  }
  void close() override {
    flush();
    if (const int error = owned_.close()) throw IoError{IoError::During::write, name_, error};
  }

 private:
  int fd_;
  Descriptor owned_;
  std::string name_;
  std::string buffer_, pending_;  ///< two, so that both keep their memory
};

/// Writes a PartFile; close() gives it its name.
class PartFileSink final : public FileSink {
 public:
  PartFileSink(const std::string& path, Existing existing)
      : part_{path}, sink_{part_.descriptor(), Descriptor{}, path}, existing_{existing} {}

  void write(std::string_view bytes) override { sink_.write(bytes); }
  void flush() override { sink_.flush(); }
  void close() override {
    sink_.close();
    part_.finish(existing_);
  }
  void overwrite(std::uint64_t offset, std::string_view bytes) override {
    flush();
    write_at(part_.descriptor(), offset, bytes, part_.path());
  }

 private:
  PartFile part_;
  DescriptorSink sink_;
  Existing existing_;
};

}  // namespace

std::string display_name(std::string_view path) {
  return path == "-" ? "standard input" : std::string{path};
}

std::unique_ptr<ByteSource> open_source(const std::string& path) {
  if (path == "-")
    return std::make_unique<DescriptorSource>(STDIN_FILENO, Descriptor{}, display_name(path));
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0)
    throw IoError{IoError::During::open, path, errno};
  if (S_ISDIR(status.st_mode)) throw IoError{IoError::During::open, path, EISDIR};
  const int fd = file.get();
  return std::make_unique<DescriptorSource>(fd, std::move(file), path);
}

void check_sink(const std::string& path, Existing existing) {
  struct stat status {};
  if (existing == Existing::refuse && path != "-" && ::stat(path.c_str(), &status) == 0 &&
      S_ISREG(status.st_mode))
    throw IoError{IoError::During::create, path, "it exists already; --overwrite replaces it"};
}

std::unique_ptr<ByteSink> open_sink(const std::string& path, Existing existing) {
  if (path == "-")
    return std::make_unique<DescriptorSink>(STDOUT_FILENO, Descriptor{}, "standard output");
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  // A device or a pipe has no half-written state to hide: it is written as it is.
  if (exists && !S_ISREG(status.st_mode)) {
    Descriptor device{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!device.is_open()) throw IoError{IoError::During::create, path, errno};
    const int fd = device.get();
    return std::make_unique<DescriptorSink>(fd, std::move(device), path);
  }
  check_sink(path, existing);
  return std::make_unique<PartFileSink>(path, existing);
}

std::string read_all(const std::string& path, std::size_t limit) {
  const auto source = open_source(path);
  std::string text;
  for (std::size_t count = 1; count > 0;) {
    const std::size_t filled = text.size();
    if (filled > limit)
      throw DataError{{.name = display_name(path)},
                      "expected at most " + std::to_string(limit) + " bytes, found more"};
    text.resize(filled + block_size);
    count = source->read(std::span{text}.subspan(filled));
    text.resize(filled + count);
  }
  return text;
}

}  // namespace obkit

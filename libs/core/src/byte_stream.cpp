#include "obkit/core/byte_stream.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "obkit/core/error.hpp"

namespace obkit {
namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;

/// Owns a file descriptor; standard streams are borrowed.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_{fd} {}
  Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  /// 0, or the errno of a close that failed.
  [[nodiscard]] int close() {
    const int fd = std::exchange(fd_, -1);
    return fd > STDERR_FILENO && ::close(fd) != 0 ? errno : 0;
  }

 private:
  int fd_;
};

class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(Descriptor descriptor, std::string name)
      : descriptor_{std::move(descriptor)}, name_{std::move(name)} {}

  std::size_t read(std::span<char> block) override {
    for (;;) {
      const ssize_t count = ::read(descriptor_.get(), block.data(), block.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) throw IoError{IoError::During::read, name_, errno};
    }
  }

  [[nodiscard]] bool would_wait() const override {
    pollfd input{descriptor_.get(), POLLIN, 0};
    return ::poll(&input, 1, 0) == 0;
  }

 private:
  Descriptor descriptor_;
  std::string name_;
};

void write_all(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError{IoError::During::write, name, errno};
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Buffers in front of a descriptor.
class DescriptorSink : public ByteSink {
 public:
  DescriptorSink(Descriptor descriptor, std::string name)
      : descriptor_{std::move(descriptor)}, name_{std::move(name)} {}

  void write(std::string_view bytes) override {
    if (buffer_.size() + bytes.size() > block_size) flush();
    if (bytes.size() > block_size) return write_all(descriptor_.get(), bytes, name_);
    buffer_.append(bytes);
  }
  void flush() override {
    // What could not be written is not tried again: the error has been told.
    pending_.clear();
    pending_.swap(buffer_);
    write_all(descriptor_.get(), pending_, name_);
  }
  void close() override {
    flush();
    if (const int error = descriptor_.close()) throw IoError{IoError::During::write, name_, error};
  }

 protected:
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  Descriptor descriptor_;
  std::string name_;
  std::string buffer_, pending_;  ///< two, so that both keep their memory
};

/// Paths of open .part files, for a signal handler: fixed places that are claimed by
/// compare-and-swap.
constexpr std::size_t max_unfinished = 64;
std::array<std::atomic<const char*>, max_unfinished> unfinished{};

/// Claims a place for the lifetime of a .part file; `path` must stay where it is.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(std::string path) : path_{std::move(path)} {
    for (auto& slot : unfinished) {
      const char* expected = nullptr;
      if (slot.compare_exchange_strong(expected, path_.c_str())) {
        slot_ = &slot;
        return;
      }
    }
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  ~UnfinishedFile() {
    if (!finished_) ::unlink(path_.c_str());
    if (slot_ != nullptr) slot_->store(nullptr);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  void finish() { finished_ = true; }

 private:
  std::string path_;
  std::atomic<const char*>* slot_ = nullptr;
  bool finished_ = false;
};

/// Writes `<path>.part`; close() makes it `path`.
class PartFileSink final : public DescriptorSink {
 public:
  PartFileSink(std::unique_ptr<UnfinishedFile> part, Descriptor descriptor, std::string path,
               Existing existing)
      : DescriptorSink{std::move(descriptor), std::move(path)},
        part_{std::move(part)},
        existing_{existing} {}

  void close() override {
    DescriptorSink::close();
    // link() refuses an existing name, so a file that another process made meanwhile survives.
    const int failed = existing_ == Existing::overwrite
                           ? std::rename(part_->path().c_str(), name().c_str())
                           : ::link(part_->path().c_str(), name().c_str());
    if (failed != 0) throw IoError{IoError::During::create, name(), errno};
    if (existing_ == Existing::overwrite) part_->finish();
  }

 private:
  std::unique_ptr<UnfinishedFile> part_;
  Existing existing_;
};

}  // namespace

std::string display_name(std::string_view path) {
  return path == "-" ? "standard input" : std::string{path};
}

std::unique_ptr<ByteSource> open_source(const std::string& path) {
  if (path == "-")
    return std::make_unique<DescriptorSource>(Descriptor{STDIN_FILENO}, display_name(path));
  Descriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status {};
  if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0)
    throw IoError{IoError::During::open, path, errno};
  if (S_ISDIR(status.st_mode)) throw IoError{IoError::During::open, path, EISDIR};
  return std::make_unique<DescriptorSource>(std::move(descriptor), path);
}

void check_sink(const std::string& path, Existing existing) {
  struct stat status {};
  if (existing == Existing::refuse && path != "-" && ::stat(path.c_str(), &status) == 0 &&
      S_ISREG(status.st_mode))
    throw IoError{IoError::During::create, path, "it exists already; --overwrite replaces it"};
}

std::unique_ptr<ByteSink> open_sink(const std::string& path, Existing existing) {
  if (path == "-")
    return std::make_unique<DescriptorSink>(Descriptor{STDOUT_FILENO}, "standard output");
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  // A device or a pipe has no half-written state to hide: it is written as it is.
  if (exists && !S_ISREG(status.st_mode)) {
    Descriptor device{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (device.get() < 0) throw IoError{IoError::During::create, path, errno};
    return std::make_unique<DescriptorSink>(std::move(device), path);
  }
  check_sink(path, existing);
  auto part = std::make_unique<UnfinishedFile>(path + ".part");
  Descriptor descriptor{
      ::open(part->path().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  if (descriptor.get() < 0) {
    part->finish();  // not ours to remove
    throw IoError{IoError::During::create, path, errno};
  }
  return std::make_unique<PartFileSink>(std::move(part), std::move(descriptor), path, existing);
}

void remove_unfinished_files() noexcept {
  for (auto& slot : unfinished)
    if (const char* path = slot.load()) ::unlink(path);
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

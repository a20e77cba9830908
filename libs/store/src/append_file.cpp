#include "append_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <sys/stat.h>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/store/day_file_reader.hpp"

namespace obkit::store {
namespace {

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : rest_{bytes} {}
  std::size_t read(std::span<char> block) override {
    const std::size_t count = std::min(block.size(), rest_.size());
    std::copy_n(rest_.begin(), count, block.begin());
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

/// The book of a line; empty when it holds none.
std::optional<OrderBook> book_of(std::string_view line) {
  DayFileReader reader{std::make_unique<MemorySource>(line), "last line", BadLine::skip};
  OrderBook book;
  return reader.next(book) ? std::optional{std::move(book)} : std::nullopt;
}

}  // namespace

AppendFile::AppendFile(std::string path) : path_{std::move(path)} {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) throw IoError{IoError::During::create, path_, errno};
  size_ = static_cast<std::uint64_t>(status.st_size);
  try {
    heal();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

AppendFile::~AppendFile() {
  if (fd_ >= 0) ::close(fd_);
}

void AppendFile::heal() {
  const std::string tail = read_tail();
  const std::size_t ended = tail.rfind('\n') + 1;  // 0 where there is none
  const std::string_view rest = std::string_view{tail}.substr(ended);
  std::string_view last = std::string_view{tail}.substr(0, ended);
  if (last.size() > 1) last.remove_prefix(last.rfind('\n', last.size() - 2) + 1);
  if (!rest.empty() && (last_book_ = book_of(rest))) {
    write("\n");
  } else {
    if (!rest.empty()) truncate(size_ - rest.size());
    cut_bytes_ = rest.size();
    last_book_ = book_of(last);
  }
  had_lines_ = size_ > 0;
}

std::string AppendFile::read_tail() const {
  constexpr std::uint64_t step = std::uint64_t{64} * 1024;
  std::string tail;
  for (std::uint64_t want = step;; want *= 2) {
    const std::uint64_t length = std::min(want, size_);
    tail.resize(length);
    for (std::uint64_t done = 0; done < length;) {
      const ssize_t count = ::pread(fd_, tail.data() + done, length - done,
                                    static_cast<off_t>(size_ - length + done));
      if (count <= 0) throw IoError{IoError::During::read, path_, count < 0 ? errno : EIO};
      done += static_cast<std::uint64_t>(count);
    }
    // The end of the last line that was ended, and of the one before.
    if (length == size_ || std::count(tail.begin(), tail.end(), '\n') >= 2) return tail;
  }
}

void AppendFile::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0)
    throw IoError{IoError::During::write, path_, errno};
  size_ = size;
}

void AppendFile::write(std::string_view bytes) {
  std::uint64_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (count >= 0) {
      done += static_cast<std::uint64_t>(count);
    } else if (errno != EINTR) {
      const int error = errno;
      // A line of which a part went in would be torn. Should this fail too, the next start heals.
      [[maybe_unused]] const int ignored = ::ftruncate(fd_, static_cast<off_t>(size_));
      throw IoError{IoError::During::write, path_, error};
    }
  }
  size_ += bytes.size();
}

void AppendFile::close() {
  if (const int fd = std::exchange(fd_, -1); fd >= 0 && ::close(fd) != 0)
    throw IoError{IoError::During::write, path_, errno};
}

}  // namespace obkit::store

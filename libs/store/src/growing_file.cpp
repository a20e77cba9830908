#include "growing_file.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <sys/stat.h>

#include "obkit/core/error.hpp"

#include "zstd_frames.hpp"

namespace obkit::store {

GrowingFile::GrowingFile(const std::string& path) : file_{path, FileHandle::Access::read} {
  if (!S_ISREG(file_.status().st_mode))
    throw UsageError{path + " cannot be followed: it is no file"};
}

std::size_t GrowingFile::read(std::span<char> block) {
  if (given_ == whole_) look_for_more();
  const auto count = std::min<std::uint64_t>(block.size(), whole_ - given_);
  const std::size_t got = file_.read_some_at(given_, block.first(static_cast<std::size_t>(count)));
  given_ += got;
  return got;
}

std::size_t GrowingFile::read_rest(std::span<char> block) {
  const std::size_t got = file_.read_some_at(given_, block);
  given_ += got;
  return got;
}

bool GrowingFile::was_replaced() const {
  const struct stat ours = file_.status();
  struct stat named {};
  return ::stat(file_.path().c_str(), &named) != 0 || named.st_ino != ours.st_ino ||
         named.st_dev != ours.st_dev;
}

void GrowingFile::look_for_more() {
  const std::uint64_t size = file_.size();
  if (size <= whole_) return;
  if (!compression_) {
    if (size < magic_size) return;
    compression_ = compression_of(head_of(file_));
  }
  if (*compression_ == Compression::none)
    whole_ = end_of_lines(size);
  else
    // Nobody appends to gzip: what is there is given.
    whole_ = *compression_ == Compression::zstd ? list_frames(file_, whole_).end : size;
}

/// Behind the last `\n` of the bytes [whole_, size); whole_ where there is none.
std::uint64_t GrowingFile::end_of_lines(std::uint64_t size) const {
  std::array<char, 4096> bytes;  // NOLINT(*-member-init)
  for (std::uint64_t end = size; end > whole_;) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(bytes.size(), end - whole_);
    const auto part = std::span{bytes}.first(static_cast<std::size_t>(end - begin));
    const std::string_view text{bytes.data(), file_.read_some_at(begin, part)};
    if (const auto last = text.rfind('\n'); last != std::string_view::npos) return begin + last + 1;
    end = begin;
  }
  return whole_;
}

}  // namespace obkit::store

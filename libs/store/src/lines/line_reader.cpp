#include "obkit/store/line_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace obkit::store {

namespace {

// Many files are small, and of a folder's archives only the first line is wanted at first.
constexpr std::size_t first_block = std::size_t{16} * 1024, largest_block = std::size_t{256} * 1024;

}  // namespace

std::string torn_line(const InputPlace& place) {
  return to_string(place) + ": the last line is torn, it is ignored";
}

LineReader::LineReader(std::unique_ptr<ByteSource> source, std::string name, std::size_t max_line)
    : source_{std::move(source)},
      name_{std::move(name)},
      max_line_{max_line},
      block_size_{first_block} {}

std::optional<std::string_view> LineReader::next() {
  std::size_t searched = 0;
  for (;;) {
    const char* const begin = buffer_.data() + begin_;
    const std::size_t count = end_ - begin_;
    const void* const newline =
        count > searched ? std::memchr(begin + searched, '\n', count - searched) : nullptr;
    if (newline != nullptr)
      return take(static_cast<std::size_t>(static_cast<const char*>(newline) - begin), true);
    if (at_end_) return count > 0 ? std::optional{take(count, false)} : std::nullopt;
    searched = count;
    fill();
  }
}

bool LineReader::holds_line() const {
  return end_ > begin_ && std::memchr(buffer_.data() + begin_, '\n', end_ - begin_) != nullptr;
}

void LineReader::put_back() {
  begin_ = last_begin_;
  --line_number_;
}

std::string_view LineReader::take(std::size_t length, bool ended) {
  ++line_number_;
  line_was_ended_ = ended;
  std::string_view line{buffer_.data() + begin_, length};
  last_begin_ = begin_;
  begin_ += length + (ended ? 1 : 0);
  if (line.size() > max_line_) refuse_length();
  if (ended && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void LineReader::fill() {
  const std::size_t rest = end_ - begin_;
  if (rest > max_line_) {
    ++line_number_;
    refuse_length();
  }
  if (begin_ > 0 && rest > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, rest);
  begin_ = 0;
  end_ = rest;
  // A line longer than a block doubles the room.
  const std::size_t wanted = std::max(block_size_, rest < block_size_ / 2 ? 0 : 2 * rest) + padding;
  if (buffer_.size() < wanted) buffer_.resize(wanted);
  const auto room = std::span{buffer_}.subspan(end_, buffer_.size() - padding - end_);
  const std::size_t count = source_->read(room);
  end_ += count;
  at_end_ = count == 0;
  if (count == room.size()) block_size_ = std::min(4 * block_size_, largest_block);
  // Behind a line that was not ended stand no bytes of lines before it.
  if (at_end_) std::memset(buffer_.data() + end_, 0, padding);
}

void LineReader::refuse_length() const {
  throw DataError{place(), "expected a line of at most " + std::to_string(max_line_) +
                               " bytes, found a longer one"};
}

}  // namespace obkit::store

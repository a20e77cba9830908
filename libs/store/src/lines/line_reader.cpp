#include "obkit/store/line_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::store {

namespace {

// Many files are small, and of a folder's archives only the first line is wanted at first.
constexpr std::size_t first_block = std::size_t{16} * 1024, largest_block = std::size_t{256} * 1024;

}  // namespace

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

std::string LineReader::torn_end() const {
  return ends_early_ ? name_ + ": the compressed stream ends early, what is whole of it is kept"
                     : to_string(place()) + ": the last line is torn, it is ignored";
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
  if (line_number_ == 1) refuse_foreign(line);
  if (ended && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void LineReader::fill() {
  const std::size_t rest = end_ - begin_;
  if (rest > max_line_) {
    if (++line_number_ == 1) refuse_foreign({buffer_.data() + begin_, rest});
    refuse_length();
  }
  if (begin_ > 0 && rest > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, rest);
  begin_ = 0;
  end_ = rest;
  // A line longer than a block doubles the room.
  const std::size_t wanted = std::max(block_size_, rest < block_size_ / 2 ? 0 : 2 * rest) + padding;
  if (buffer_.size() < wanted) buffer_.resize(wanted);
  const auto room = std::span{buffer_}.subspan(end_, buffer_.size() - padding - end_);
  const std::size_t count = read(room);
  end_ += count;
  at_end_ = count == 0;
  if (count == room.size()) block_size_ = std::min(4 * block_size_, largest_block);
  // Behind a line that was not ended stand no bytes of lines before it.
  if (at_end_) std::memset(buffer_.data() + end_, 0, padding);
}

std::size_t LineReader::read(std::span<char> room) {
  try {
    return source_->read(room);
  } catch (const EarlyEnd&) {
    ends_early_ = true;
    return 0;
  }
}

void LineReader::refuse_foreign(std::string_view head) const {
  const std::string_view format = foreign_format(head);
  if (!format.empty())
    throw DataError{place(), "expected lines of text, plain or packed by gzip or zstd, found " +
                                 std::string{format}};
}

void LineReader::refuse_length() const {
  throw DataError{place(), "expected a line of at most " + std::to_string(max_line_) +
                               " bytes, found a longer one"};
}

RecordReader::RecordReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
                           std::string_view kind)
    : lines_{std::move(source), std::move(name)}, bad_line_{bad_line}, kind_{kind} {}

bool RecordReader::next(const std::function<void(std::string_view line)>& parse) {
  lost_lines_ = false;
  while (const auto line = lines_.next()) {
    try {
      parse(*line);
      return true;
    } catch (const DataError& error) {
      const InputPlace place = lines_.place();
      const bool ended = lines_.line_was_ended(), closed = find_json_end(*line).closed_object;
      const std::string other = place.line == 1 ? other_kind(*line) : std::string{};
      // A whole object that is wrong is not torn, nor is a file of another kind.
      const bool torn = other.empty() && !ended && !closed;
      if (!torn && bad_line_ == BadLine::refuse) {
        if (other.empty()) throw;
        throw DataError{place, other};
      }
      lost_lines_ = true;
      if (torn)
        report_.torn = lines_.torn_end();
      else if (report_.skipped++ == 0)
        report_.first_skipped = other.empty() ? error.what() : to_string(place) + ": " + other;
    }
  }
  if (lines_.ends_early()) {
    lost_lines_ = true;
    report_.torn = lines_.torn_end();
  }
  return false;
}

/// Behind a mere brace a few lines more are read where it ends all. Behind others nobody waits.
std::string RecordReader::other_kind(std::string_view first) {
  constexpr std::size_t enough = 200;
  std::string head{first};
  const bool goes_on = bad_line_ == BadLine::refuse && first == "{";
  while (goes_on && head.size() < enough) {
    const auto line = lines_.next();
    if (!line) break;
    head.append(1, '\n').append(*line);
  }
  return wrong_kind(head, kind_);
}

ReadReport& ReadReport::operator+=(const ReadReport& other) {
  books += other.books;
  skipped += other.skipped;
  if (first_skipped.empty()) first_skipped = other.first_skipped;
  if (torn && other.torn)
    *torn += "; " + *other.torn;
  else if (other.torn)
    torn = other.torn;
  crossed += other.crossed;
  time_went_back += other.time_went_back;
  return *this;
}

std::vector<std::string> warnings(const ReadReport& report, std::string_view record) {
  std::vector<std::string> lines;
  if (report.torn) lines.push_back(*report.torn);
  if (report.skipped > 0)
    lines.push_back(counted(report.skipped, "malformed line") +
                    " skipped, the first: " + report.first_skipped);
  if (report.crossed > 0)
    lines.push_back(counted(report.crossed, "book") + " crossed: best bid at or above best ask");
  if (report.time_went_back > 0)
    lines.push_back(counted(report.time_went_back, record) + " older than the one before");
  return lines;
}

}  // namespace obkit::store

#include "line_chunks.hpp"

#include <cstddef>
#include <cstring>
#include <span>

#include "obkit/store/line_reader.hpp"

namespace obkit::store {
namespace {

constexpr std::size_t block = std::size_t{256} * 1024;

std::uint64_t count_lines(const std::string& bytes) {
  std::uint64_t count = 0;
  const char* const last = bytes.data() + bytes.size();
  for (const char* at = bytes.data(); at != last; ++count) {
    const void* const end = std::memchr(at, '\n', static_cast<std::size_t>(last - at));
    if (end == nullptr) break;
    at = static_cast<const char*>(end) + 1;
  }
  return count;
}

/// Appends a block, or what the source has at once; false at the end.
bool append_block(ByteSource& source, std::string& bytes) {
  const std::size_t size = bytes.size();
  bytes.resize(size + block);
  std::size_t count = 0;
  try {
    count = source.read(std::span{bytes}.subspan(size));
  } catch (...) {
    bytes.resize(size);
    throw;
  }
  bytes.resize(size + count);
  return count > 0;
}

}  // namespace

void LineChunks::next(LineChunk& chunk) {
  chunk = {.bytes = std::move(rest_), .lines_before = lines_};
  rest_.clear();
  std::size_t end = std::string::npos;
  try {
    // A line that no reader takes need not be whole.
    while (!chunk.is_last && chunk.bytes.size() <= LineReader::usual_max_line &&
           (chunk.bytes.size() < block || end == std::string::npos)) {
      chunk.is_last = !append_block(*source_, chunk.bytes);
      end = chunk.bytes.rfind('\n');
    }
  } catch (...) {
    chunk.failure = std::current_exception();
    chunk.is_last = true;
    chunk.bytes.resize(end == std::string::npos ? 0 : end + 1);
  }
  if (!chunk.is_last && end != std::string::npos) {
    rest_.assign(chunk.bytes, end + 1);
    chunk.bytes.resize(end + 1);
  }
  lines_ += count_lines(chunk.bytes);
}

}  // namespace obkit::store

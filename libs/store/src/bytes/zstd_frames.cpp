#include "bytes/zstd_frames.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <span>
#include <string>
#include <utility>

#include <zstd.h>

#include "obkit/store/compressed_sink.hpp"

namespace obkit::store {

namespace {

constexpr std::uint32_t frame_magic = 0xFD2FB528, skippable_magic = 0x184D2A50;
constexpr std::size_t longest_header = 18, block_header = 3,
                      longest_block = std::size_t{128} * 1024;

/// A whole number of `count` bytes, the lowest first.
std::uint32_t little_endian(std::span<const char> bytes, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i > 0; --i)
    value = value << 8U | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

/// Bytes of a frame's header, by its descriptor: magic, descriptor, window, dictionary, content.
std::size_t header_size(unsigned descriptor) {
  constexpr std::array<std::size_t, 4> dictionary{0, 1, 2, 4}, content{0, 2, 4, 8};
  const bool single_segment = (descriptor & 0x20U) != 0;
  const std::size_t content_size =
      std::max<std::size_t>(content[descriptor >> 6U], single_segment ? 1 : 0);
  return 4 + 1 + (single_segment ? 0 : 1) + dictionary[descriptor & 3U] + content_size;
}

/// What a file holds at a place, as far as it is there.
class Cursor {
 public:
  Cursor(const FileHandle& file, std::uint64_t at, std::uint64_t size)
      : file_{file}, at_{at}, size_{size} {}

  /// Up to `count` bytes, fewer at the end of the file.
  std::span<const char> peek(std::size_t count) {
    const auto there = std::min<std::uint64_t>(count, size_ - at_);
    const auto bytes = std::span{bytes_}.first(static_cast<std::size_t>(there));
    return bytes.first(file_.read_some_at(at_, bytes));
  }
  /// Whether so many bytes were there.
  bool skip(std::uint64_t count) {
    if (count > size_ - at_) return false;
    at_ += count;
    return true;
  }
  [[nodiscard]] std::uint64_t at() const { return at_; }

 private:
  const FileHandle& file_;
  std::uint64_t at_, size_;
  std::array<char, longest_header> bytes_{};
};

bool skip_blocks(Cursor& cursor) {
  for (bool last = false; !last;) {
    const auto bytes = cursor.peek(block_header);
    if (bytes.size() < block_header) return false;
    const std::uint32_t header = little_endian(bytes, block_header);
    last = (header & 1U) != 0;
    const std::uint32_t type = header >> 1U & 3U, size = header >> 3U;
    constexpr std::uint32_t repeated = 1, reserved = 3;
    if (type == reserved || size > longest_block) return false;
    if (!cursor.skip(block_header + (type == repeated ? 1 : size))) return false;
  }
  return true;
}

/// Moves behind the frame that begins there; whether it is whole.
bool skip_frame(Cursor& cursor) {
  const auto head = cursor.peek(longest_header);
  if (head.size() < 8) return false;  // the shortest frame has 9
  const std::uint32_t magic = little_endian(head, 4);
  if ((magic & 0xFFFFFFF0U) == skippable_magic)
    return cursor.skip(std::uint64_t{8} + little_endian(head.subspan(4), 4));
  if (magic != frame_magic) return false;
  const auto descriptor = static_cast<unsigned char>(head[4]);
  const std::uint64_t checksum = (descriptor & 4U) != 0 ? 4 : 0;
  return cursor.skip(header_size(descriptor)) && skip_blocks(cursor) && cursor.skip(checksum);
}

}  // namespace

FrameMaker::FrameMaker() : context_{ZSTD_createCCtx()} {
  if (!context_) throw std::bad_alloc{};
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

void FrameMaker::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

void FrameMaker::append(std::string& out, std::string_view content) {
  for (; !content.empty(); content.remove_prefix(std::min(content.size(), frame_content))) {
    const std::string_view piece = content.substr(0, frame_content);
    const std::size_t before = out.size(), room = ZSTD_compressBound(piece.size());
    out.resize(before + room);
    const std::size_t made =
        ZSTD_compress2(context_.get(), out.data() + before, room, piece.data(), piece.size());
    if (ZSTD_isError(made) != 0) throw std::bad_alloc{};  // with enough room nothing else can fail
    out.resize(before + made);
  }
}

FrameList list_frames(const FileHandle& file, std::uint64_t begin) {
  FrameList frames{.starts = {}, .end = begin};
  const std::uint64_t size = std::max(file.size(), begin);
  for (Cursor cursor{file, begin, size}; skip_frame(cursor); frames.end = cursor.at())
    frames.starts.push_back(frames.end);
  return frames;
}

bool may_be_ours(const FileHandle& file, std::uint64_t offset) {
  Cursor cursor{file, offset, file.size()};
  const auto head = cursor.peek(longest_header);
  const unsigned long long content = ZSTD_getFrameContentSize(head.data(), head.size());
  return content == ZSTD_CONTENTSIZE_ERROR || content <= frame_content;
}

namespace {

class CompressedSink final : public ByteSink {
 public:
  explicit CompressedSink(std::unique_ptr<ByteSink> sink) : sink_{std::move(sink)} {}

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto part = bytes.substr(0, frame_content - content_.size());
      content_ += part;
      bytes.remove_prefix(part.size());
      if (content_.size() == frame_content) end_frame();
    }
  }
  void flush() override {
    end_frame();
    sink_->flush();
  }
  void close() override {
    end_frame();
    sink_->close();
  }

 private:
  void end_frame() {
    std::string frame;
    frames_.append(frame, std::exchange(content_, {}));
    sink_->write(frame);
  }

  std::unique_ptr<ByteSink> sink_;
  FrameMaker frames_;
  std::string content_;
};

}  // namespace

std::unique_ptr<ByteSink> compressed(std::unique_ptr<ByteSink> sink) {
  return std::make_unique<CompressedSink>(std::move(sink));
}

}  // namespace obkit::store

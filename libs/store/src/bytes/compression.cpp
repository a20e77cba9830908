#define ZLIB_CONST  // zlib takes its input as const

#include "bytes/compression.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/compressed_sink.hpp"
#include "obkit/store/input.hpp"

#include "bytes/prefixed_source.hpp"
#include "bytes/read_ahead.hpp"

namespace obkit::store {

namespace {

constexpr std::uint32_t frame_magic = 0xFD2FB528, skippable_magic = 0x184D2A50;
constexpr int longest_window_log = 31;  // that of zstd --long=31, the longest that it writes
constexpr std::size_t longest_header = 18, block_header = 3,
                      longest_block = std::size_t{128} * 1024;

/// Bytes of a frame's header, by its descriptor: magic, descriptor, window, dictionary, content.
std::size_t header_size(unsigned descriptor) {
  constexpr std::array<std::size_t, 4> dictionary{0, 1, 2, 4}, content{0, 2, 4, 8};
  const bool single_segment = (descriptor & 0x20U) != 0;
  const std::size_t content_size =
      std::max<std::size_t>(content[descriptor >> 6U], single_segment ? 1 : 0);
  return 4 + 1 + (single_segment ? 0 : 1) + dictionary[descriptor & 3U] + content_size;
}

/// What a frame's header says of the memory that its decoder needs.
/// Source: RFC 8878, section 3.1.1.1.
struct FrameNeeds {
  std::uint64_t window = 0;  ///< bytes of content that may be referred to
  std::uint64_t memory = 0;  ///< fewer where the whole content is shorter than that
};

/// Pre: `header` is whole, and that of a frame.
FrameNeeds needs_of(std::string_view header) {
  const auto descriptor = static_cast<unsigned char>(header[4]);
  const std::uint64_t content = ZSTD_getFrameContentSize(header.data(), header.size());
  const bool single_segment = (descriptor & 0x20U) != 0;
  if (single_segment && content == ZSTD_CONTENTSIZE_ERROR) return {};  // the decoder refuses it
  if (single_segment) return {.window = content, .memory = content};
  const auto byte = static_cast<unsigned char>(header[5]);
  const std::uint64_t base = std::uint64_t{1} << (10U + (byte >> 3U));
  const std::uint64_t window = base + base / 8 * (byte & 7U);
  return {.window = window, .memory = std::min(window, content)};  // one not said is a huge one
}

/// What a file holds at a place, as far as it is there.
class ByteCursor {
 public:
  ByteCursor(const FileHandle& file, std::uint64_t at, std::uint64_t size)
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

bool skip_blocks(ByteCursor& cursor) {
  for (bool last = false; !last;) {
    const auto bytes = cursor.peek(block_header);
    if (bytes.size() < block_header) return false;
    const auto header = static_cast<std::uint32_t>(load_little_endian(bytes.first(block_header)));
    last = (header & 1U) != 0;
    const std::uint32_t type = header >> 1U & 3U, size = header >> 3U;
    constexpr std::uint32_t repeated = 1, reserved = 3;
    if (type == reserved || size > longest_block) return false;
    if (!cursor.skip(block_header + (type == repeated ? 1 : size))) return false;
  }
  return true;
}

/// Moves behind the frame that begins there; whether it is whole.
bool skip_frame(ByteCursor& cursor) {
  const auto head = cursor.peek(longest_header);
  if (head.size() < 8) return false;  // the shortest frame has 9
  const auto magic = static_cast<std::uint32_t>(load_little_endian(head.first(4)));
  if ((magic & 0xFFFFFFF0U) == skippable_magic)
    return cursor.skip(std::uint64_t{8} + load_little_endian(head.subspan(4, 4)));
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
  for (ByteCursor cursor{file, begin, size}; skip_frame(cursor); frames.end = cursor.at())
    frames.starts.push_back(frames.end);
  return frames;
}

bool may_be_ours(const FileHandle& file, std::uint64_t offset) {
  ByteCursor cursor{file, offset, file.size()};
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

namespace {

constexpr std::size_t block_size = std::size_t{128} * 1024;

/// What both decompressors do: blocks of compressed bytes in, whatever comes of them out at once,
/// so that a live stream is never held back.
class DecompressingSource : public ByteSource {
 public:
  DecompressingSource(std::unique_ptr<ByteSource> source, std::string name)
      : source_{std::move(source)}, name_{std::move(name)}, block_(block_size) {}

  std::size_t read(std::span<char> out) override {
    for (;;) {
      // Even without input the decompressor may hold bytes that found no room last time.
      if (const std::size_t made = decompress(input_, out); made > 0) return made;
      if (!input_.empty()) continue;
      input_ = std::span<const char>{block_}.first(source_->read(block_));
      if (!input_.empty()) continue;
      if (!is_whole()) throw EarlyEnd{name_};
      return 0;
    }
  }

 protected:
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Takes bytes from the front of `input`, fills the front of `out`; how many bytes it made.
  virtual std::size_t decompress(std::span<const char>& input, std::span<char> out) = 0;
  /// Whether the input may end here.
  [[nodiscard]] virtual bool is_whole() const = 0;

  [[noreturn]] void refuse(const std::string& format, const std::string& reason) const {
    throw DataError{{.name = name_}, "damaged " + format + " stream: " + reason};
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::vector<char> block_;
  std::span<const char> input_;
};

/// "2048 MiB", rounded up.
std::string in_mebibytes(std::uint64_t bytes) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
  return std::to_string(bytes / mebibyte + (bytes % mebibyte > 0 ? 1 : 0)) + " MiB";
}

class ZstdSource final : public DecompressingSource {
 public:
  /// `memory`: bytes that a window may take.
  ZstdSource(std::unique_ptr<ByteSource> source, std::string name, std::uint64_t memory)
      : DecompressingSource{std::move(source), std::move(name)}, memory_{memory} {
    if (!context_) throw std::bad_alloc{};
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, longest_window_log);
  }

 private:
  std::size_t decompress(std::span<const char>& input, std::span<char> out) override {
    check_header(input);
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer made{out.data(), out.size(), 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &made, &in);
    if (ZSTD_isError(result) != 0) refuse_result(result);
    if (result == 0) {
      frame_ended_ = true;
      header_.clear();
    } else if (in.pos > 0 || made.pos > 0) {
      frame_ended_ = false;
    }
    input = input.subspan(in.pos);
    return made.pos;
  }
  [[nodiscard]] bool is_whole() const override { return frame_ended_; }

  /// Before the decoder takes memory for a frame. As long as the header is not whole, the decoder
  /// takes all of the input, so nothing is looked at twice.
  void check_header(std::span<const char> input) {
    constexpr std::size_t to_descriptor = 5;
    const auto wanted = [&] {
      return header_.size() < to_descriptor
                 ? to_descriptor
                 : header_size(static_cast<unsigned char>(header_[to_descriptor - 1]));
    };
    if (header_.size() >= wanted()) return;
    for (; header_.size() < wanted() && !input.empty(); input = input.subspan(1))
      header_ += input.front();
    const auto magic =
        load_little_endian(std::span{header_}.first(std::min<std::size_t>(header_.size(), 4)));
    if (magic == frame_magic && header_.size() == wanted()) check(needs_of(header_));
  }

  void check(FrameNeeds needs) const {
    constexpr std::uint64_t longest = std::uint64_t{1} << longest_window_log;
    if (needs.window > longest)
      throw DataError{{.name = name()},
                      "expected a zstd window of at most " + in_mebibytes(longest) + ", found " +
                          in_mebibytes(needs.window)};
    if (needs.memory > memory_) refuse_memory(needs.memory);
  }

  [[noreturn]] void refuse_result(std::size_t result) const {
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
      refuse_memory(needs_of(header_).memory);
    refuse("zstd", ZSTD_getErrorName(result));
  }
  [[noreturn]] void refuse_memory(std::uint64_t needed) const {
    throw IoError{IoError::During::read, name(),
                  "its zstd window needs " + in_mebibytes(needed) +
                      " of memory, which are not there: compress it again without --long"};
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
  std::uint64_t memory_;
  std::string header_;  ///< of the frame, as far as it was read
  bool frame_ended_ = false;
};

class GzipSource final : public DecompressingSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> source, std::string name)
      : DecompressingSource{std::move(source), std::move(name)} {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc{};
  }
  ~GzipSource() override { inflateEnd(&stream_); }

 private:
  std::size_t decompress(std::span<const char>& input, std::span<char> out) override {
    if (member_ended_ && input.empty()) return 0;
    if (std::exchange(member_ended_, false)) inflateReset(&stream_);  // another member follows
    stream_.next_in = static_cast<const Bytef*>(static_cast<const void*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    const std::size_t room = std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max());
    stream_.next_out = static_cast<Bytef*>(static_cast<void*>(out.data()));
    stream_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    // Z_BUF_ERROR: nothing to do without more input.
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      refuse("gzip", stream_.msg != nullptr ? stream_.msg : zError(result));
    member_ended_ = result == Z_STREAM_END;
    input = input.last(stream_.avail_in);
    return room - stream_.avail_out;
  }
  [[nodiscard]] bool is_whole() const override { return member_ended_; }

  z_stream stream_{};
  bool member_ended_ = false;
};

}  // namespace

namespace {

/// Bytes; all that is there, whoever has it.
std::uint64_t memory_of_machine() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
}

}  // namespace

Compression compression_of(std::string_view head) {
  constexpr std::string_view frame = "\x28\xB5\x2F\xFD", skippable_rest = "\x2A\x4D\x18";
  head = head.substr(0, magic_size);
  const bool skippable = head.size() == magic_size && (head.front() & 0xF0) == 0x50 &&
                         head.substr(1) == skippable_rest;
  if (head == frame || skippable) return Compression::zstd;
  return head.starts_with("\x1F\x8B") ? Compression::gzip : Compression::none;
}

std::string head_of(const FileHandle& file) {
  std::string head(std::min<std::uint64_t>(magic_size, file.size()), '\0');
  head.resize(file.read_some_at(0, head));
  return head;
}

std::unique_ptr<ByteSource> zstd_source(std::unique_ptr<ByteSource> source, std::string name,
                                        std::uint64_t memory) {
  return std::make_unique<ZstdSource>(std::move(source), std::move(name), memory);
}

std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> source, std::string name,
                                         Ahead ahead) {
  std::string head = read_head(*source, magic_size);
  const Compression compression = compression_of(head);
  std::unique_ptr<ByteSource> whole =
      std::make_unique<PrefixedSource>(std::move(head), std::move(source));
  if (compression == Compression::none) return whole;
  if (compression == Compression::zstd)
    whole = zstd_source(std::move(whole), std::move(name), memory_of_machine());
  else
    whole = std::make_unique<GzipSource>(std::move(whole), std::move(name));
  if (ahead == Ahead::yes) whole = std::make_unique<ReadAhead>(std::move(whole));
  return whole;
}

Ahead ahead_for(const std::string& path) {
  std::error_code error;
  return path != "-" && std::filesystem::is_regular_file(path, error) ? Ahead::yes : Ahead::no;
}

std::unique_ptr<ByteSource> open_input(const std::string& path) {
  return decompressed(open_source(path), display_name(path), ahead_for(path));
}

}  // namespace obkit::store

#define ZLIB_CONST  // zlib takes its input as const

#include "bytes/compression.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <zlib.h>
#include <zstd.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "bytes/read_ahead.hpp"

namespace obkit::store {

namespace {

constexpr std::size_t block_size = std::size_t{128} * 1024;

/// Gives bytes that were read already before those of `source`.
class PrefixedSource final : public ByteSource {
 public:
  PrefixedSource(std::string prefix, std::unique_ptr<ByteSource> source)
      : prefix_{std::move(prefix)}, source_{std::move(source)} {}

  std::size_t read(std::span<char> block) override {
    if (given_ == prefix_.size()) return source_->read(block);
    const std::size_t count = prefix_.copy(block.data(), block.size(), given_);
    given_ += count;
    return count;
  }

 private:
  std::string prefix_;
  std::size_t given_ = 0;
  std::unique_ptr<ByteSource> source_;
};

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
      if (input_.empty()) return 0;
    }
  }

 protected:
  /// Takes bytes from the front of `input`, fills the front of `out`; how many bytes it made.
  virtual std::size_t decompress(std::span<const char>& input, std::span<char> out) = 0;

  [[noreturn]] void refuse(const std::string& format, const std::string& reason) const {
    throw DataError{{.name = name_}, "damaged " + format + " stream: " + reason};
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::vector<char> block_;
  std::span<const char> input_;
};

class ZstdSource final : public DecompressingSource {
 public:
  using DecompressingSource::DecompressingSource;

 private:
  std::size_t decompress(std::span<const char>& input, std::span<char> out) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer made{out.data(), out.size(), 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &made, &in);
    if (ZSTD_isError(result) != 0) refuse("zstd", ZSTD_getErrorName(result));
    input = input.subspan(in.pos);
    return made.pos;
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
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

  z_stream stream_{};
  bool member_ended_ = false;
};

/// The first bytes, fewer where the source ends.
std::string read_head(ByteSource& source) {
  std::array<char, magic_size> block{};
  std::size_t size = 0;
  for (std::size_t count = 1; count > 0 && size < magic_size; size += count)
    count = source.read(std::span{block}.subspan(size));
  return {block.data(), size};
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

std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> source, std::string name,
                                         Ahead ahead) {
  std::string head = read_head(*source);
  const Compression compression = compression_of(head);
  std::unique_ptr<ByteSource> whole =
      std::make_unique<PrefixedSource>(std::move(head), std::move(source));
  if (compression == Compression::none) return whole;
  if (compression == Compression::zstd)
    whole = std::make_unique<ZstdSource>(std::move(whole), std::move(name));
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

#include "bytes/packed_file.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/json_line.hpp"
#include "obkit/store/zip_file.hpp"

#include "bytes/prefixed_source.hpp"
#include "bytes/read_ahead.hpp"

namespace obkit::store {

namespace {

/// What macOS puts beside the files that it packs.
bool is_resource_fork(std::string_view name) {
  return name.starts_with("__MACOSX/") || name.starts_with("._") ||
         name.find("/._") != std::string_view::npos;
}

[[noreturn]] void refuse_second(const std::string& path, std::string_view first,
                                std::string_view second) {
  if (first.ends_with(".npy"))
    throw DataError{
        {.name = path},
        "expected an archive of books, found arrays of NumPy (.npz), which obtrain reads"};
  throw DataError{{.name = path},
                  "expected one file in it, found " + shown(first) + " and " + shown(second) +
                      ": unpack it and name those to read"};
}

/// Text has no such rate: a gigabyte and more, 200 times what it is packed in.
bool is_bomb(const ZipFile::Entry& entry) {
  constexpr std::uint64_t large = std::uint64_t{1} << 30, rate = 200;
  return entry.size > large && entry.size / rate > entry.packed_size;
}

ZipFile::Entry only_entry(const ZipFile& archive, const std::string& path) {
  std::optional<ZipFile::Entry> only;
  for (std::uint64_t i = 0; i < archive.count(); ++i) {
    ZipFile::Entry entry = archive.entry(i);
    if (entry.name.ends_with('/') || is_resource_fork(entry.name)) continue;
    if (only) refuse_second(path, only->name, entry.name);
    only = std::move(entry);
  }
  if (!only) throw DataError{{.name = path}, "expected a file in it, found none"};
  if (is_bomb(*only))
    throw DataError{{.name = path},
                    shown(only->name) + " claims " + std::to_string(only->size) + " bytes of " +
                        std::to_string(only->packed_size) + " packed ones: no text is like that"};
  return *only;
}

/// A header of a tar archive, as POSIX.1-1988 (ustar) and GNU have it.
class TarHeader {
 public:
  static constexpr std::size_t size = 512;

  explicit TarHeader(std::string_view bytes) : bytes_{bytes} {}

  /// Whether it has the sum that it says.
  [[nodiscard]] bool is_sound() const {
    constexpr std::size_t sum_at = 148, sum_size = 8;
    if (bytes_.size() != size) return false;
    const auto add = [](std::uint64_t sum, char c) { return sum + static_cast<unsigned char>(c); };
    std::uint64_t sum = std::accumulate(bytes_.begin(), bytes_.end(), std::uint64_t{0}, add);
    for (const char c : bytes_.substr(sum_at, sum_size)) sum -= static_cast<unsigned char>(c);
    return number(sum_at, sum_size) == sum + sum_size * ' ';
  }
  /// The archive ends with blocks of zeros.
  [[nodiscard]] bool is_empty() const { return bytes_.find_first_not_of('\0') == bytes_.npos; }
  [[nodiscard]] std::string_view name() const {
    constexpr std::size_t longest = 100;
    return bytes_.substr(0, std::min(bytes_.find('\0'), longest));
  }
  [[nodiscard]] bool is_file() const {
    constexpr std::size_t type_at = 156;
    return bytes_[type_at] == '0' || bytes_[type_at] == '\0';
  }
  /// Empty for what is no number, or none that a file can have.
  [[nodiscard]] std::optional<std::uint64_t> content_size() const {
    constexpr std::size_t size_at = 124, size_size = 12;
    return number(size_at, size_size);
  }

 private:
  /// Octal digits, or with the first bit set 8 bytes at the end of the field.
  [[nodiscard]] std::optional<std::uint64_t> number(std::size_t at, std::size_t length) const {
    std::string_view field = bytes_.substr(at, length);
    std::uint64_t value = 0;
    if ((static_cast<unsigned char>(field.front()) & 0x80U) != 0) {
      for (const char c : field.substr(field.size() - std::min<std::size_t>(length, 8)))
        value = value << 8U | static_cast<unsigned char>(c);
      return value >> 62U == 0 ? std::optional{value} : std::nullopt;
    }
    field = field.substr(0, std::min(field.find('\0'), length));
    while (field.starts_with(' ')) field.remove_prefix(1);
    while (field.ends_with(' ')) field.remove_suffix(1);
    if (field.empty()) return std::nullopt;
    for (const char c : field) {
      if (c < '0' || c > '7') return std::nullopt;
      value = value << 3U | static_cast<unsigned>(c - '0');
    }
    return value;
  }

  std::string_view bytes_;
};

/// The only file of a tar archive.
class TarSource final : public ByteSource {
 public:
  TarSource(std::unique_ptr<ByteSource> source, std::string path)
      : source_{std::move(source)}, path_{std::move(path)} {}

  std::size_t read(std::span<char> block) override {
    if (left_ == 0 && !go_to_content()) return 0;
    const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(left_, block.size()));
    const std::size_t count = source_->read(block.first(most));
    if (count == 0) throw EarlyEnd{path_};
    left_ -= count;
    return count;
  }

 private:
  /// Whether there is a byte of the file to come. Behind it there must not be another file.
  bool go_to_content() {
    while (!ended_) {
      skip(std::exchange(fill_, 0));
      const std::string block = read_head(*source_, TarHeader::size);
      const TarHeader header{block};
      // Some writers leave the blocks of zeros out.
      ended_ = block.empty() || header.is_empty();
      if (ended_) break;
      if (block.size() < TarHeader::size) throw EarlyEnd{path_};
      const auto size = header.content_size();
      if (!header.is_sound() || !size)
        throw DataError{{.name = path_}, "damaged tar archive: expected the header of a file"};
      begin(header, *size);
      if (left_ > 0) return true;
    }
    if (name_.empty()) throw DataError{{.name = path_}, "expected a file in it, found none"};
    return false;
  }

  void begin(const TarHeader& header, std::uint64_t size) {
    fill_ = (TarHeader::size - size % TarHeader::size) % TarHeader::size;
    if (!header.is_file() || is_resource_fork(header.name())) return skip(size);
    if (!name_.empty()) refuse_second(path_, name_, header.name());
    name_ = header.name();
    left_ = size;
  }

  void skip(std::uint64_t count) {
    for (std::string passed(TarHeader::size, '\0'); count > 0;) {
      const auto most = std::min<std::uint64_t>(count, passed.size());
      const std::size_t got =
          source_->read(std::span{passed}.first(static_cast<std::size_t>(most)));
      if (got == 0) throw EarlyEnd{path_};
      count -= got;
    }
  }

  std::unique_ptr<ByteSource> source_;
  std::string path_, name_;
  std::uint64_t left_ = 0;  ///< bytes of the file
  std::uint64_t fill_ = 0;  ///< bytes behind them, up to the next header
  bool ended_ = false;
};

/// As read_head(); where the source was cut, what there is of it. It says so again at its next
/// read.
std::string head_of(ByteSource& source, std::size_t size) {
  std::string head, block(size, '\0');
  try {
    while (head.size() < size) {
      const std::size_t count = source.read(std::span{block}.first(size - head.size()));
      if (count == 0) break;
      head.append(block, 0, count);
    }
  } catch (const EarlyEnd&) {  // NOLINT(bugprone-empty-catch): see above
  }
  return head;
}

}  // namespace

std::unique_ptr<ByteSource> untarred(std::unique_ptr<ByteSource> source, const std::string& path) {
  std::string head = head_of(*source, TarHeader::size);
  const bool is_tar = TarHeader{head}.is_sound();
  auto whole = std::make_unique<PrefixedSource>(std::move(head), std::move(source));
  if (!is_tar) return whole;
  return std::make_unique<TarSource>(std::move(whole), path);
}

std::unique_ptr<ByteSource> open_archive_input(const std::string& path) {
  // Who writes to a pipe may take his time.
  if (ahead_for(path) == Ahead::no) return open_input(path);
  if (!is_zip(path)) return untarred(open_input(path), path);
  const ZipFile archive{path};
  auto member = std::make_unique<ReadAhead>(archive.open(only_entry(archive, path)));
  return untarred(decompressed(std::move(member), path), path);
}

}  // namespace obkit::store

#include "recording/line_store.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/giant.hpp"
#include "obkit/store/input.hpp"

#include "bytes/compression.hpp"
#include "bytes/file_handle.hpp"

namespace obkit::store {

namespace {

/// The end of a text of lines: enough of it to hold its last whole line.
class TextEnd {
 public:
  /// Reads `source` to its end, in memory of a few lines. Throws what it throws.
  explicit TextEnd(ByteSource& source);

  /// Bytes of the whole text.
  [[nodiscard]] std::uint64_t length() const { return length_; }
  /// What stands behind the last `\n`.
  [[nodiscard]] std::string_view rest() const;
  /// The last line that was ended, without its `\n`; empty when there is none.
  [[nodiscard]] std::optional<std::string_view> last_line() const;
  /// Whether last_line() surely begins where a line begins, even if the text does not.
  [[nodiscard]] bool has_line_before() const;

 private:
  std::string text_;
  std::uint64_t length_ = 0;
};

constexpr std::size_t piece_size = std::size_t{64} * 1024;

/// Where the `\n` before the last one stands; npos where there is none.
std::size_t second_last_newline(std::string_view text) {
  const std::size_t last = text.rfind('\n');
  if (last == std::string_view::npos || last == 0) return std::string_view::npos;
  return text.rfind('\n', last - 1);
}

TextEnd::TextEnd(ByteSource& source) {
  for (std::size_t count = 1, limit = 4 * piece_size; count > 0; length_ += count) {
    const std::size_t filled = text_.size();
    text_.resize(filled + piece_size);
    count = source.read(std::span{text_}.subspan(filled));
    text_.resize(filled + count);
    if (text_.size() < limit) continue;
    if (const auto keep = second_last_newline(text_); keep != std::string::npos)
      text_.erase(0, keep);
    limit = text_.size() + 4 * piece_size;  // a long line is not searched again for each block
  }
}

std::string_view TextEnd::rest() const {
  return std::string_view{text_}.substr(text_.rfind('\n') + 1);  // npos + 1 is 0
}

std::optional<std::string_view> TextEnd::last_line() const {
  const std::size_t end = text_.rfind('\n');
  if (end == std::string::npos) return std::nullopt;
  const std::size_t before = second_last_newline(text_);
  return std::string_view{text_}.substr(0, end).substr(before + 1);
}

bool TextEnd::has_line_before() const { return second_last_newline(text_) != std::string::npos; }

/// Lines as they are: each write() reaches the file.
class PlainStore final : public LineStore {
 public:
  PlainStore(std::string path, const IsWhole& is_whole, OpenFiles* pool);

  void write(std::string_view lines) override { file_.write(lines); }
  void hand_over() override {}
  [[nodiscard]] bool holds_back() const override { return false; }

 private:
  [[nodiscard]] TextEnd read_tail();
};

PlainStore::PlainStore(std::string path, const IsWhole& is_whole, OpenFiles* pool)
    : LineStore{std::move(path), pool} {
  if (compression_of(head_of(file_.handle())) != Compression::none)
    throw IoError{IoError::During::create, file_.path(), "what is there is compressed"};
  const TextEnd tail = read_tail();
  last_line_ = tail.last_line();
  if (tail.rest().empty()) return;
  if (is_whole(tail.rest())) {
    file_.write("\n");
    last_line_ = tail.rest();
  } else {
    cut_bytes_ = tail.rest().size();
    file_.truncate(file_.size() - cut_bytes_);
  }
}

TextEnd PlainStore::read_tail() {
  for (std::uint64_t want = std::uint64_t{64} * 1024;; want *= 2) {
    const std::uint64_t length = std::min(want, file_.size());
    const auto source = open_range(file_.handle(), file_.size() - length, file_.size());
    TextEnd tail{*source};
    if (length == file_.size() || tail.has_line_before()) return tail;
  }
}

/// Lines in whole zstd frames, each written at once: what is in the file always decompresses. A
/// frame ends with hand_over() and before it would hold more than frame_content bytes.
class ZstdStore final : public LineStore {
 public:
  ZstdStore(std::string path, const IsWhole& is_whole, OpenFiles* pool);

  void write(std::string_view lines) override;
  void hand_over() override;
  [[nodiscard]] bool holds_back() const override { return !lines_.empty(); }

 private:
  void refuse_another_format();
  void drop_torn_frames(FrameList& frames);
  void cut_behind(const FrameList& frames);
  void heal_last_line(const FrameList& frames, const IsWhole& is_whole);
  void rewrite_without_end(std::uint64_t offset, std::uint64_t kept);

  FrameMaker maker_;
  std::string lines_;   ///< of the frame to come
  std::string frames_;  ///< kept for its memory
};

constexpr std::size_t copied_block = std::size_t{256} * 1024;

/// Lines of the frames from `offset` on.
std::unique_ptr<ByteSource> open_frames(AppendFile& file, std::uint64_t offset) {
  return decompressed(open_range(file.handle(), offset, file.size()), file.path());
}

/// The end of the lines in the frames from `offset` on; empty where they are damaged.
std::optional<TextEnd> tail_of(AppendFile& file, std::uint64_t offset) {
  try {
    return TextEnd{*open_frames(file, offset)};
  } catch (const DataError&) {
    return std::nullopt;
  }
}

/// Gives up to `count` bytes of `source` to `use`, block by block.
template <class Use>
void for_each_block(ByteSource& source, std::uint64_t count, Use use) {
  std::string block(copied_block, '\0');
  while (count > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), count));
    const std::size_t got = source.read(std::span{block}.first(wanted));
    if (got == 0) return;
    use(std::string_view{block}.substr(0, got));
    count -= got;
  }
}

ZstdStore::ZstdStore(std::string path, const IsWhole& is_whole, OpenFiles* pool)
    : LineStore{std::move(path), pool} {
  refuse_another_format();
  FrameList frames = list_frames(file_.handle());
  drop_torn_frames(frames);
  if (!frames.starts.empty()) heal_last_line(frames, is_whole);
}

void ZstdStore::write(std::string_view lines) {
  if (!lines_.empty() && lines_.size() + lines.size() > frame_content) hand_over();
  lines_ += lines;
  if (lines_.size() >= frame_content) hand_over();
}

void ZstdStore::hand_over() {
  empty_for_next(frames_);
  maker_.append(frames_, lines_);
  empty_for_next(lines_);
  if (!frames_.empty()) file_.write(frames_);
}

/// What only is called so must not be taken for one torn frame, and cut.
void ZstdStore::refuse_another_format() {
  const std::string head = head_of(file_.handle());
  constexpr std::string_view magic = "\x28\xB5\x2F\xFD";
  if (compression_of(head) != Compression::zstd && !magic.starts_with(head))
    throw IoError{IoError::During::create, path(), "what is there is not compressed with zstd"};
}

void ZstdStore::drop_torn_frames(FrameList& frames) {
  cut_behind(frames);
  // A crash of the machine can leave a frame whose content never reached the disk.
  while (!frames.starts.empty() && !tail_of(file_, frames.starts.back())) {
    frames.end = frames.starts.back();
    frames.starts.pop_back();
    cut_behind(frames);
  }
}

void ZstdStore::cut_behind(const FrameList& frames) {
  if (frames.end == file_.size()) return;
  if (!may_be_ours(file_.handle(), frames.end)) {
    throw IoError{IoError::During::create, path(),
                  "it ends with a torn frame of another program; unpack it with zstd -dc, or move "
                  "it away"};
  }
  cut_bytes_ += file_.size() - frames.end;
  file_.truncate(frames.end);
}

void ZstdStore::heal_last_line(const FrameList& frames, const IsWhole& is_whole) {
  auto start = frames.starts.end() - 1;
  auto tail = tail_of(file_, *start);
  // Other programs end frames in the middle of a line.
  while (start != frames.starts.begin() && !tail->has_line_before()) {
    auto longer = tail_of(file_, *(start - 1));
    if (!longer) break;
    tail = std::move(longer);
    --start;
  }
  last_line_ = tail->last_line();
  if (tail->rest().empty()) return;
  if (is_whole(tail->rest())) {
    last_line_ = tail->rest();
    write("\n");
    hand_over();
  } else {
    cut_bytes_ += tail->rest().size();
    rewrite_without_end(*start, tail->length() - tail->rest().size());
  }
}

/// Makes the frames from `offset` on anew, with the first `kept` bytes of their content.
void ZstdStore::rewrite_without_end(std::uint64_t offset, std::uint64_t kept) {
  PartFile part{path()};
  const auto head = open_range(file_.handle(), 0, offset);
  for_each_block(*head, offset, [&](std::string_view bytes) { part.write(bytes); });
  const auto content = open_frames(file_, offset);
  for_each_block(*content, kept, [&](std::string_view lines) {
    frames_.clear();
    maker_.append(frames_, lines);
    part.write(frames_);
  });
  part.finish();
  sync_folder(folder_of(path()));
  file_.open_again();
}

}  // namespace

LineStore::LineStore(std::string path, OpenFiles* pool)
    : file_{std::move(path), FileHandle::Access::append, pool} {}

void LineStore::close() {
  hand_over();
  file_.close();
}

std::unique_ptr<LineStore> open_line_store(const std::string& path, Form form,
                                           const IsWhole& is_whole, OpenFiles* pool) {
  if (form == Form::zstd) return std::make_unique<ZstdStore>(path, is_whole, pool);
  return std::make_unique<PlainStore>(path, is_whole, pool);
}

}  // namespace obkit::store

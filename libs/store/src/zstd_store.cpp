#include "zstd_store.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "compression.hpp"
#include "part_file.hpp"

namespace obkit::store {
namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;

/// Lines of the frames from `offset` on.
std::unique_ptr<ByteSource> open_frames(const AppendFile& file, std::uint64_t offset) {
  return decompressed(open_range(file.handle(), offset, file.size()), file.path());
}

/// The end of the lines in the frames from `offset` on; empty where they are damaged.
std::optional<LineTail> tail_of(const AppendFile& file, std::uint64_t offset) {
  try {
    return LineTail{*open_frames(file, offset)};
  } catch (const DataError&) {
    return std::nullopt;
  }
}

/// Gives up to `count` bytes of `source` to `use`, block by block.
template <class Use>
void for_each_block(ByteSource& source, std::uint64_t count, Use use) {
  std::string block(block_size, '\0');
  while (count > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), count));
    const std::size_t got = source.read(std::span{block}.first(wanted));
    if (got == 0) return;
    use(std::string_view{block}.substr(0, got));
    count -= got;
  }
}

}  // namespace

ZstdStore::ZstdStore(std::string path, IsWhole is_whole) : LineStore{std::move(path)} {
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
  frames_.clear();
  maker_.append(frames_, lines_);
  lines_.clear();
  if (!frames_.empty()) file_.write(frames_);
}

/// What only is called so must not be taken for one torn frame, and cut.
void ZstdStore::refuse_another_format() const {
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

void ZstdStore::heal_last_line(const FrameList& frames, IsWhole is_whole) {
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
  file_ = AppendFile{path()};
}

}  // namespace obkit::store

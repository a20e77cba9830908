#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"

#include "bytes/file_handle.hpp"

struct ZSTD_CCtx_s;

namespace obkit::store {

/// The most bytes that a frame of ours holds, before compression.
inline constexpr std::size_t frame_content = std::size_t{4} * 1024 * 1024;

/// Makes whole frames: each says how long its content is and bears a checksum.
class FrameMaker {
 public:
  FrameMaker();
  /// Appends `content` as frames of at most frame_content bytes each; none for no content.
  void append(std::string& out, std::string_view content);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

/// The whole frames that a file has from some frame on, as their headers tell.
struct FrameList {
  std::vector<std::uint64_t> starts;
  std::uint64_t end = 0;  ///< of the last of them: what is behind it is no whole frame
};

/// The frames of a file, of which one begins at `begin`. Reads only the headers of frames and of
/// their blocks. Throws IoError.
/// Source: RFC 8878, sections 3.1.1 and 3.1.2.
[[nodiscard]] FrameList list_frames(const FileHandle& file, std::uint64_t begin = 0);

/// Whether the frame that begins at `offset`, or what there is of it, can be one of FrameMaker's:
/// it says that it holds at most frame_content bytes, or not even its header is whole.
[[nodiscard]] bool may_be_ours(const FileHandle& file, std::uint64_t offset);

/// The content of zstd frames, with windows up to 2 GiB and `memory` bytes: a decoder keeps as much
/// of the content. Reading throws DataError for a longer window and a damaged frame, IoError where
/// the memory is not there, EarlyEnd.
[[nodiscard]] std::unique_ptr<ByteSource> zstd_source(std::unique_ptr<ByteSource> source,
                                                      std::string name, std::uint64_t memory);

enum class Compression { none, zstd, gzip };

/// As many bytes as tell them apart.
inline constexpr std::size_t magic_size = 4;

/// How a stream is compressed that begins so; zstd also for a skippable frame, as parallel
/// compressors write them in front.
[[nodiscard]] Compression compression_of(std::string_view head);

/// The first bytes of a file, magic_size or as many as it has. Throws IoError.
[[nodiscard]] std::string head_of(const FileHandle& file);

}  // namespace obkit::store

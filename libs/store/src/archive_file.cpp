#include "archive_file.hpp"

#include <algorithm>
#include <utility>

#include "obkit/store/capture_reader.hpp"

#include "change_file.hpp"
#include "snapshot_file.hpp"

namespace obkit::store {
namespace {

class FrameFile final : public ArchiveFile {
 public:
  explicit FrameFile(LineReader lines) : reader_{std::move(lines)} {}

  std::optional<FileEvent> next() override {
    const auto line = reader_.next();
    if (!line) return std::nullopt;
    return FileEvent{.frame = line->frame, .received = line->received};
  }
  [[nodiscard]] Layout layout() const override { return Layout::frames; }
  [[nodiscard]] const std::optional<std::string>& torn() const override { return reader_.torn(); }
  [[nodiscard]] InputPlace place() const override { return reader_.place(); }

 private:
  CaptureReader reader_;
};

}  // namespace

std::unique_ptr<ArchiveFile> open_archive_file(std::unique_ptr<ByteSource> source,
                                               std::string name) {
  LineReader lines{std::move(source), std::move(name)};
  const auto first = lines.next();
  // A header that was cut short is torn, as a frame would be.
  const bool table = first && lines.line_was_ended() && is_csv_header(*first);
  const bool snapshots = table && SnapshotFile::can_read(*first);
  if (first) lines.put_back();
  if (snapshots) return std::make_unique<SnapshotFile>(std::move(lines));
  if (table) return std::make_unique<ChangeFile>(std::move(lines));
  return std::make_unique<FrameFile>(std::move(lines));
}

}  // namespace obkit::store

#include "archive/archive_file.hpp"

#include <optional>
#include <string>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/capture_reader.hpp"

#include "archive/csv_table.hpp"
#include "archive/layouts.hpp"

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

std::unique_ptr<ArchiveFile> open_table(LineReader lines, std::string_view header) {
  if (is_snapshot_header(header)) return open_snapshot_table(std::move(lines));
  if (is_databento_header(header)) return open_databento_table(std::move(lines));
  return open_change_table(std::move(lines));
}

std::unique_ptr<ArchiveFile> open_lobster(const LobsterName& name, const OpenSource& open) {
  const auto lines = [&](const std::string& path) { return LineReader{open(path), path}; };
  return open_lobster_files(name, lines(name.messages), lines(name.order_books));
}

}  // namespace

std::unique_ptr<ArchiveFile> open_archive_file(const std::string& input, const OpenSource& open,
                                               TradeTables trades) {
  if (const auto name = parse_lobster_name(input)) return open_lobster(*name, open);
  LineReader lines{open(input), display_name(input)};
  const auto first = lines.next();
  if (!first) return std::make_unique<FrameFile>(std::move(lines));
  // A header that was cut short is torn, as a frame would be.
  const bool table = lines.line_was_ended() && is_csv_header(*first);
  const bool of_trades = lines.line_was_ended() && is_trade_table(*first, input);
  if (of_trades && trades == TradeTables::read) {
    const std::string begin{*first};
    lines.put_back();
    return open_trade_table(std::move(lines), input, begin);
  }
  if (of_trades)
    throw DataError{lines.place(), "expected books, found trades: --trades reads them"};
  if (!table || !(is_snapshot_header(*first) || is_databento_header(*first)))
    refuse_others(lines, *first, table);
  const std::string header{table ? *first : ""};
  const bool okx = is_okx_line(*first);
  lines.put_back();
  if (table) return open_table(std::move(lines), header);
  if (okx) return open_okx_file(std::move(lines));
  return std::make_unique<FrameFile>(std::move(lines));
}

}  // namespace obkit::store

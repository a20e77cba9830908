#pragma once

#include <cstddef>
#include <vector>

#include "archive_file.hpp"
#include "csv_table.hpp"

namespace obkit::store {

/// Tardis' book_snapshot_N: a book a row, its N best levels on each side.
class SnapshotFile final : public ArchiveFile {
 public:
  explicit SnapshotFile(LineReader lines);

  /// Whether a header has columns of levels.
  [[nodiscard]] static bool can_read(std::string_view header);

  std::optional<FileEvent> next() override;
  [[nodiscard]] Layout layout() const override { return Layout::snapshots; }
  [[nodiscard]] const std::optional<std::string>& torn() const override { return table_.torn(); }
  [[nodiscard]] InputPlace place() const override { return table_.place(); }

 private:
  struct Level {
    Side side;
    std::size_t price, amount;  ///< columns
  };

  void add_level(const Level& level);

  CsvTable table_;
  std::size_t exchange_, symbol_, timestamp_, local_timestamp_;  ///< columns
  std::vector<Level> levels_;
  BookUpdate update_;  ///< memory is reused from row to row
};

}  // namespace obkit::store

#pragma once

#include <cstddef>
#include <vector>

#include "archive_file.hpp"
#include "csv_table.hpp"
#include "table_level.hpp"

namespace obkit::store {

/// Tardis' incremental_book_L2: a changed level a row. Rows of one symbol that share both times are
/// one message; in it, each run of rows with the same is_snapshot is an update.
class ChangeFile final : public ArchiveFile {
 public:
  explicit ChangeFile(LineReader lines);

  std::optional<FileEvent> next() override;
  [[nodiscard]] Layout layout() const override { return Layout::changes; }
  [[nodiscard]] const std::optional<std::string>& torn() const override { return table_.torn(); }
  [[nodiscard]] InputPlace place() const override { return place_; }

 private:
  struct Columns {
    std::size_t exchange, symbol, timestamp, local_timestamp, is_snapshot, side, price, amount;
  };
  /// What the rows of a message share; texts are the table's.
  struct Head {
    std::string_view exchange, symbol;
    Timestamp time, received;
    bool operator==(const Head&) const = default;
  };

  [[nodiscard]] bool next_row();
  void begin_message();
  void add_row();
  void begin_update(BookUpdate::Kind kind);

  CsvTable table_;
  Columns columns_;
  bool row_waits_ = false;  ///< the table's row was read, and belongs to the next message
  Head row_head_{};         ///< of that row
  std::string exchange_, symbol_;
  Head head_{};                      ///< of the message; its texts are the two above
  std::vector<BookUpdate> updates_;  ///< memory is reused from message to message
  std::size_t used_ = 0;
  InputPlace place_;
};

}  // namespace obkit::store

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/core/level_update.hpp"

#include "archive/csv_table.hpp"
#include "archive/layouts.hpp"

namespace obkit::store {

namespace {

/// Tardis' incremental_book_L2: a changed level a row. Rows of one symbol that were received at
/// once are one message; in it, each run of rows with the same is_snapshot is an update, whose time
/// is the latest of its rows.
class IncrementalFile final : public ArchiveFile {
 public:
  explicit IncrementalFile(LineReader lines);

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
    Timestamp received;
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
  Timestamp row_time_;      ///< the exchange's
  std::string exchange_, symbol_;
  Head head_{};                      ///< of the message; its texts are the two above
  std::vector<BookUpdate> updates_;  ///< memory is reused from message to message
  std::size_t used_ = 0;
  InputPlace place_;
};

IncrementalFile::IncrementalFile(LineReader lines)
    : table_{std::move(lines)},
      columns_{.exchange = table_.column("exchange"),
               .symbol = table_.column("symbol"),
               .timestamp = table_.column("timestamp"),
               .local_timestamp = table_.column("local_timestamp"),
               .is_snapshot = table_.column("is_snapshot"),
               .side = table_.column("side"),
               .price = table_.column("price"),
               .amount = table_.column("amount")},
      place_{table_.place()} {}

std::optional<FileEvent> IncrementalFile::next() {
  if (!row_waits_ && !next_row()) return std::nullopt;
  begin_message();
  do {
    add_row();
    place_.line = table_.line_number();
    row_waits_ = next_row();
  } while (row_waits_ && row_head_ == head_);
  // Of a message whose last row is torn nobody knows what else is missing.
  if (table_.torn()) return std::nullopt;
  return FileEvent{
      .updates = {updates_.data(), used_}, .exchange = exchange_, .received = head_.received};
}

bool IncrementalFile::next_row() {
  if (!table_.next()) return false;
  const CsvRow& row = table_.row();
  row_head_ = {.exchange = row.text(columns_.exchange),
               .symbol = row.text(columns_.symbol),
               .received = row.time(columns_.local_timestamp)};
  row_time_ = row.time(columns_.timestamp);
  return true;
}

void IncrementalFile::begin_message() {
  exchange_ = row_head_.exchange;
  symbol_ = row_head_.symbol;
  head_ = {.exchange = exchange_, .symbol = symbol_, .received = row_head_.received};
  used_ = 0;
}

void IncrementalFile::add_row() {
  const CsvRow& row = table_.row();
  const auto kind =
      row.truth(columns_.is_snapshot) ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
  if (used_ == 0 || updates_[used_ - 1].kind != kind) begin_update(kind);
  BookUpdate& update = updates_[used_ - 1];
  update.time = std::max(*update.time, row_time_);
  update.levels.push_back(
      set_level(row.side(columns_.side), row.price(columns_.price), row.amount(columns_.amount)));
}

void IncrementalFile::begin_update(BookUpdate::Kind kind) {
  if (used_ == updates_.size()) updates_.emplace_back();
  BookUpdate& update = updates_[used_++];
  update.kind = kind;
  update.symbol = symbol_;
  update.time = row_time_;
  update.continues = false;
  update.levels.clear();
}

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

/// `asks[0].price`, `bids[24].amount`.
bool is_of_level(std::string_view column) {
  return (column.starts_with("asks[") || column.starts_with("bids[")) &&
         (column.ends_with("].price") || column.ends_with("].amount"));
}

std::size_t columns_of_levels(const CsvTable& table) {
  const auto& columns = table.columns();
  return static_cast<std::size_t>(
      std::count_if(columns.begin(), columns.end(),
                    [](const auto& column) { return is_of_level(column.first); }));
}

SnapshotFile::SnapshotFile(LineReader lines)
    : table_{std::move(lines)},
      exchange_{table_.column("exchange")},
      symbol_{table_.column("symbol")},
      timestamp_{table_.column("timestamp")},
      local_timestamp_{table_.column("local_timestamp")} {
  constexpr std::size_t columns_per_level = 4;
  const std::size_t columns = columns_of_levels(table_);
  const std::size_t depth = (columns + columns_per_level - 1) / columns_per_level;
  for (const Side side : {Side::bid, Side::ask}) {
    for (std::size_t i = 0; i < depth; ++i) {
      const std::string level = (side == Side::bid ? "bids[" : "asks[") + std::to_string(i) + "].";
      levels_.push_back({.side = side,
                         .price = table_.column(level + "price"),
                         .amount = table_.column(level + "amount")});
    }
  }
}

bool SnapshotFile::can_read(std::string_view header) {
  return header.find("asks[") != std::string_view::npos ||
         header.find("bids[") != std::string_view::npos;
}

std::optional<FileEvent> SnapshotFile::next() {
  if (!table_.next()) return std::nullopt;
  const CsvRow& row = table_.row();
  update_.kind = BookUpdate::Kind::image;
  update_.symbol = row.text(symbol_);
  update_.time = row.time(timestamp_);
  update_.levels.clear();
  for (const Level& level : levels_) add_level(level);
  return FileEvent{.updates = {&update_, 1},
                   .exchange = row.text(exchange_),
                   .received = row.time(local_timestamp_)};
}

void SnapshotFile::add_level(const Level& level) {
  const CsvRow& row = table_.row();
  if (row.cells()[level.price].empty() && row.cells()[level.amount].empty()) return;
  update_.levels.push_back(set_level(level.side, row.price(level.price), row.amount(level.amount)));
}

}  // namespace

std::unique_ptr<ArchiveFile> open_change_table(LineReader lines) {
  return std::make_unique<IncrementalFile>(std::move(lines));
}

bool is_snapshot_header(std::string_view header) { return SnapshotFile::can_read(header); }

std::unique_ptr<ArchiveFile> open_snapshot_table(LineReader lines) {
  return std::make_unique<SnapshotFile>(std::move(lines));
}

}  // namespace obkit::store

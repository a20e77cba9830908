#include "snapshot_file.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "table_level.hpp"

namespace obkit::store {
namespace {

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

}  // namespace

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
  update_.levels.push_back(
      table_level(level.side, row.price(level.price), row.amount(level.amount)));
}

}  // namespace obkit::store

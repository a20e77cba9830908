#include "change_file.hpp"

#include <utility>

namespace obkit::store {

ChangeFile::ChangeFile(LineReader lines)
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

std::optional<FileEvent> ChangeFile::next() {
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

bool ChangeFile::next_row() {
  if (!table_.next()) return false;
  const CsvRow& row = table_.row();
  row_head_ = {.exchange = row.text(columns_.exchange),
               .symbol = row.text(columns_.symbol),
               .time = row.time(columns_.timestamp),
               .received = row.time(columns_.local_timestamp)};
  return true;
}

void ChangeFile::begin_message() {
  exchange_ = row_head_.exchange;
  symbol_ = row_head_.symbol;
  head_ = {.exchange = exchange_,
           .symbol = symbol_,
           .time = row_head_.time,
           .received = row_head_.received};
  used_ = 0;
}

void ChangeFile::add_row() {
  const CsvRow& row = table_.row();
  const auto kind =
      row.truth(columns_.is_snapshot) ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
  if (used_ == 0 || updates_[used_ - 1].kind != kind) begin_update(kind);
  updates_[used_ - 1].levels.push_back(
      table_level(row.side(columns_.side), row.price(columns_.price), row.amount(columns_.amount)));
}

void ChangeFile::begin_update(BookUpdate::Kind kind) {
  if (used_ == updates_.size()) updates_.emplace_back();
  BookUpdate& update = updates_[used_++];
  update.kind = kind;
  update.symbol = symbol_;
  update.time = head_.time;
  update.continues = false;
  update.levels.clear();
}

}  // namespace obkit::store

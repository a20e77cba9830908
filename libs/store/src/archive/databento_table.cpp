#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/csv_table.hpp"
#include "archive/layouts.hpp"

namespace obkit::store {

namespace {

/// What stands in a cell that has no price.
constexpr std::string_view no_price = "9223372036854775807";

/// Prices and times are written plainly, or as whole numbers of billionths. Databento's are never
/// plain without a point, so either is known from the cell alone.
bool is_whole(std::string_view text) {
  return !text.empty() && text.find_first_not_of("-0123456789") == std::string_view::npos;
}

/// Without the zeros that fill it up to nine decimals.
Price without_zeros(Price price) {
  std::int64_t unit = 1;
  int decimals = Price::max_decimals;
  while (decimals > 0 && price.units() % (unit * 10) == 0) unit *= 10, --decimals;
  return Price::from_units(price.units(), decimals);
}

Price read_price(const CsvRow& row, std::size_t cell) {
  const std::string_view text = row.cells()[cell];
  if (!is_whole(text)) return without_zeros(row.price(cell));
  const auto units = parse_whole(text);
  if (!units || !is_in_range(Price::from_units(*units, 0)))
    row.refuse(cell, "a price in billionths within ±4611686018000000000");
  return without_zeros(Price::from_units(*units, 0));
}

Timestamp read_time(const CsvRow& row, std::size_t cell) {
  constexpr std::int64_t earliest = 946'684'800'000'000'000;  // 2000-01-01
  const std::string_view text = row.cells()[cell];
  const auto whole = parse_whole(text);
  const auto time =
      whole ? Timestamp{std::chrono::nanoseconds{*whole}} : parse_iso(text).value_or(Timestamp{});
  if (time.time_since_epoch().count() < earliest)
    row.refuse(cell, "nanoseconds since 1970 or a time as 2024-01-02T14:30:00.5Z, from 2000 on");
  return time;
}

/// Databento's MBP-10: a row for each change of the ten best levels, with all of them as they are
/// then. Rows of one event share times and symbol; its last one is marked, and only that one's book
/// was ever the market's.
class DatabentoTable final : public ArchiveFile {
 public:
  explicit DatabentoTable(LineReader lines);

  std::optional<FileEvent> next() override;
  [[nodiscard]] Layout layout() const override { return Layout::snapshots; }
  [[nodiscard]] const std::optional<std::string>& torn() const override { return table_.torn(); }
  [[nodiscard]] InputPlace place() const override { return place_; }

 private:
  struct Level {
    Side side;
    std::size_t price, size;  ///< columns
  };
  struct Head {
    std::string symbol, publisher;
    Timestamp event, received;
    bool operator==(const Head&) const = default;
  };

  [[nodiscard]] bool next_row();
  [[nodiscard]] unsigned flags() const;
  void read_book();

  CsvTable table_;
  std::size_t received_, event_, symbol_, publisher_, flags_;  ///< columns
  std::vector<Level> levels_;
  bool row_waits_ = false;  ///< the table's row was read, and belongs to the next event
  Head row_head_;           ///< of that row
  Head head_;
  BookUpdate update_;  ///< memory is reused from row to row
  InputPlace place_;
};

/// `bid_px_00`
std::string level_column(std::string_view what, std::size_t level) {
  return std::string{what} + (level < 10 ? "_0" : "_") + std::to_string(level);
}

DatabentoTable::DatabentoTable(LineReader lines)
    : table_{std::move(lines)},
      received_{table_.column("ts_recv")},
      event_{table_.column("ts_event")},
      // What the user asked for; a number where he did not want names.
      symbol_{table_.column(table_.columns().contains("symbol") ? "symbol" : "instrument_id")},
      publisher_{table_.column("publisher_id")},
      flags_{table_.column("flags")},
      place_{table_.place()} {
  const auto depth = static_cast<std::size_t>(
      std::count_if(table_.columns().begin(), table_.columns().end(),
                    [](const auto& column) { return column.first.starts_with("bid_px_"); }));
  for (const auto& [side, name] : {std::pair{Side::bid, "bid"}, std::pair{Side::ask, "ask"}})
    for (std::size_t i = 0; i < depth; ++i)
      levels_.push_back({.side = side,
                         .price = table_.column(level_column(std::string{name} + "_px", i)),
                         .size = table_.column(level_column(std::string{name} + "_sz", i))});
}

std::optional<FileEvent> DatabentoTable::next() {
  constexpr unsigned last_of_event = 128;
  for (;;) {
    if (!std::exchange(row_waits_, false) && !next_row()) return std::nullopt;
    head_ = row_head_;
    read_book();
    place_ = table_.place();
    if ((flags() & last_of_event) != 0) break;
    row_waits_ = next_row();
    if (table_.torn()) return std::nullopt;
    if (!row_waits_ || row_head_ != head_) break;
  }
  return FileEvent{
      .updates = {&update_, 1}, .exchange = head_.publisher, .received = head_.received};
}

bool DatabentoTable::next_row() {
  if (!table_.next()) return false;
  const CsvRow& row = table_.row();
  row_head_.symbol = row.text(symbol_);
  row_head_.publisher = row.text(publisher_);
  row_head_.event = read_time(row, event_);
  row_head_.received = read_time(row, received_);
  return true;
}

unsigned DatabentoTable::flags() const {
  const auto flags = parse_whole(table_.row().cells()[flags_]);
  if (!flags || *flags < 0 || *flags > 255) table_.row().refuse(flags_, "flags from 0 to 255");
  return static_cast<unsigned>(*flags);
}

void DatabentoTable::read_book() {
  constexpr unsigned maybe_bad = 4;
  const CsvRow& row = table_.row();
  update_.kind = BookUpdate::Kind::image;
  update_.symbol = head_.symbol;
  update_.time = head_.event;
  update_.lost = (flags() & maybe_bad) != 0 ? "its row is marked as maybe bad (flags)" : "";
  update_.levels.clear();
  for (const Level& level : levels_) {
    const std::string_view price = row.cells()[level.price];
    if (price.empty() || price == no_price) continue;
    update_.levels.push_back(
        set_level(level.side, read_price(row, level.price), row.amount(level.size)));
  }
}

}  // namespace

bool is_databento_header(std::string_view header) {
  return header.find("bid_px_01") != std::string_view::npos;
}

std::unique_ptr<ArchiveFile> open_databento_table(LineReader lines) {
  return std::make_unique<DatabentoTable>(std::move(lines));
}

}  // namespace obkit::store

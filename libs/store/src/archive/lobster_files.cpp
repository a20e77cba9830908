#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "obkit/core/error.hpp"

#include "archive/csv_table.hpp"
#include "archive/layouts.hpp"

namespace obkit::store {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

/// How far New York is behind UTC at the hours of its stock market.
///
/// Source: Energy Policy Act of 2005, section 110: from 2007 on, summer time is from the second
/// Sunday of March to the first of November. Both change in the night.
std::chrono::hours behind_utc(year_month_day day) {
  using std::chrono::Sunday;
  const sys_days summer = day.year() / std::chrono::March / Sunday[2];
  const sys_days winter = day.year() / std::chrono::November / Sunday[1];
  const bool is_summer = sys_days{day} >= summer && sys_days{day} < winter;
  return std::chrono::hours{is_summer ? 4 : 5};
}

/// `2012-06-21`
std::optional<year_month_day> parse_day(std::string_view text) {
  const auto midnight = parse_iso(std::string{text} + "T00:00:00Z");
  if (!midnight) return std::nullopt;
  return year_month_day{std::chrono::floor<std::chrono::days>(*midnight)};
}

/// Cuts the text behind the last `_` off, and returns it.
std::string_view cut_last(std::string_view& name) {
  const std::size_t at = name.rfind('_');
  if (at == std::string_view::npos) return {};
  const std::string_view last = name.substr(at + 1);
  name = name.substr(0, at);
  return last;
}

/// A book of LOBSTER is the row of the one file, its time that of the same row of the other. Prices
/// are in ten-thousandths of a dollar.
class LobsterFiles final : public ArchiveFile {
 public:
  LobsterFiles(const LobsterName& name, LineReader messages, LineReader order_books)
      : midnight_{name.midnight},
        messages_{std::move(messages)},
        order_books_{std::move(order_books)} {
    update_.kind = BookUpdate::Kind::image;
    update_.symbol = name.symbol;
  }

  std::optional<FileEvent> next() override;
  [[nodiscard]] Layout layout() const override { return Layout::snapshots; }
  [[nodiscard]] const std::optional<std::string>& torn() const override { return torn_; }
  [[nodiscard]] InputPlace place() const override { return messages_.place(); }

 private:
  [[nodiscard]] bool has_row(LineReader& lines, CsvRow& row);
  void read_time();
  void read_book();
  void add_level(Side side, std::size_t cell);

  Timestamp midnight_;
  LineReader messages_, order_books_;
  CsvRow message_, book_;
  BookUpdate update_;  ///< memory is reused from row to row
  std::optional<std::string> torn_;
};

std::optional<FileEvent> LobsterFiles::next() {
  const bool message = has_row(messages_, message_);
  const bool book = has_row(order_books_, book_);
  if (torn_) return std::nullopt;
  if (message != book) {
    const LineReader& longer = message ? messages_ : order_books_;
    const LineReader& shorter = message ? order_books_ : messages_;
    throw DataError{longer.place(),
                    "expected as many rows as in " + shorter.name() + ", found more"};
  }
  if (!message) return std::nullopt;
  read_time();
  read_book();
  return FileEvent{.updates = {&update_, 1}, .exchange = "lobster", .received = update_.time};
}

/// A row that was cut is torn; so is what the other file has of it.
bool LobsterFiles::has_row(LineReader& lines, CsvRow& row) {
  const auto line = lines.next();
  if (line && lines.line_was_ended()) {
    row.cut(lines, *line);
    return true;
  }
  if ((line || lines.ends_early()) && !torn_) torn_ = lines.torn_end();
  return false;
}

void LobsterFiles::read_time() {
  constexpr std::size_t fewest = 6;  // newer files have a seventh: who trades
  constexpr std::chrono::nanoseconds day = std::chrono::hours{24};
  if (message_.cells().size() < fewest)
    message_.refuse("expected time, type, order, size, price and direction, found " +
                    std::to_string(message_.cells().size()) + " cells");
  const auto seconds = parse_epoch_seconds(message_.cells().front());
  if (!seconds || seconds->time_since_epoch() >= day)
    message_.refuse(0, "seconds since midnight, below 86400");
  update_.time = midnight_ + seconds->time_since_epoch();
}

void LobsterFiles::read_book() {
  constexpr std::size_t cells_of_level = 4;
  const std::size_t cells = book_.cells().size();
  if (cells % cells_of_level != 0)
    book_.refuse("expected price and size of an ask and of a bid for each level, found " +
                 std::to_string(cells) + " cells");
  update_.levels.clear();
  for (std::size_t cell = 0; cell < cells; cell += cells_of_level) {
    add_level(Side::ask, cell);
    add_level(Side::bid, cell + 2);
  }
}

void LobsterFiles::add_level(Side side, std::size_t cell) {
  constexpr std::int64_t none = 9'999'999'999;  // of an ask; -none of a bid
  constexpr std::int64_t units = Price::units_per_one / 10'000;
  const auto price = parse_whole(book_.cells()[cell]);
  if (price == (side == Side::ask ? none : -none)) return;
  // A share that costs a million dollars and more has not been seen.
  if (!price || *price < 0 || *price > none)
    book_.refuse(cell, "a price in ten-thousandths of a dollar");
  constexpr int decimals = 4;
  update_.levels.push_back(
      set_level(side, Price::from_units(*price * units, decimals), book_.amount(cell + 1)));
}

}  // namespace

std::optional<LobsterName> parse_lobster_name(const std::string& path) {
  const std::filesystem::path whole{path};
  const std::string file = whole.filename().string();
  const std::size_t stem = file.find(".csv");
  if (stem == std::string::npos) return std::nullopt;
  std::string_view name = std::string_view{file}.substr(0, stem);
  const std::string_view levels = cut_last(name), kind = cut_last(name);
  const std::size_t kind_at = name.size() + 1;
  const std::string_view end = cut_last(name), begin = cut_last(name), date = cut_last(name);
  const bool known = (kind == "message" || kind == "orderbook") && parse_whole(levels) &&
                     parse_whole(begin) && parse_whole(end) && !name.empty();
  const auto day = parse_day(date);
  if (!known || !day) return std::nullopt;
  if (day->year() < std::chrono::year{2007})
    throw DataError{{.name = path}, "expected a day from 2007 on, found " + std::string{date}};
  const auto with = [&](std::string_view other) {
    std::string renamed = file;
    renamed.replace(kind_at, kind.size(), other);
    return (whole.parent_path() / renamed).string();
  };
  return LobsterName{.symbol = std::string{name},
                     .midnight = Timestamp{sys_days{*day}} + behind_utc(*day),
                     .messages = with("message"),
                     .order_books = with("orderbook")};
}

std::unique_ptr<ArchiveFile> open_lobster_files(const LobsterName& name, LineReader messages,
                                                LineReader order_books) {
  return std::make_unique<LobsterFiles>(name, std::move(messages), std::move(order_books));
}

}  // namespace obkit::store

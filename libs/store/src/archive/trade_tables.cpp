#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/core/trade.hpp"
#include "obkit/store/json_line.hpp"

#include "archive/csv_table.hpp"
#include "archive/layouts.hpp"

namespace obkit::store {

namespace {

/// How a column tells the time.
enum class Clock {
  microseconds,  ///< since 1970
  either,        ///< milliseconds or microseconds since 1970
  seconds,       ///< since 1970, with decimals; or `2018-12-05D00:00:25.948313000`
};

/// How a column tells who took.
enum class Taker { side, buyer_was_maker };

/// A layout of a table of trades: what its columns are called. Empty: it has none of that kind.
struct TradeLayout {
  std::string_view symbol = {}, time = {}, received = {}, id = {}, taker = {}, price = {},
                   volume = {}, rpi = {};
  Clock clock = Clock::either;
  Taker who = Taker::side;
  bool has_numbers = false;             ///< the id counts the trades of a symbol
  std::string_view columns = {};        ///< of a file that has no header
  std::string_view behind_symbol = {};  ///< in the name of a file whose rows do not tell it
};

constexpr std::array layouts{
    // Tardis
    TradeLayout{.symbol = "symbol",
                .time = "timestamp",
                .received = "local_timestamp",
                .id = "id",
                .taker = "side",
                .price = "price",
                .volume = "amount",
                .clock = Clock::microseconds},
    // data.binance.vision, trades of spot
    TradeLayout{.time = "time",
                .id = "id",
                .taker = "isBuyerMaker",
                .price = "price",
                .volume = "qty",
                .who = Taker::buyer_was_maker,
                .has_numbers = true,
                .columns = "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch",
                .behind_symbol = "-trades-"},
    // trades of futures
    TradeLayout{.time = "time",
                .id = "id",
                .taker = "is_buyer_maker",
                .price = "price",
                .volume = "qty",
                .who = Taker::buyer_was_maker,
                .has_numbers = true,
                .columns = "id,price,qty,quote_qty,time,is_buyer_maker",
                .behind_symbol = "-trades-"},
    // aggTrades of spot, of futures
    TradeLayout{.time = "transact_time",
                .id = "agg_trade_id",
                .taker = "is_buyer_maker",
                .price = "price",
                .volume = "quantity",
                .who = Taker::buyer_was_maker,
                .has_numbers = true,
                .columns = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,"
                           "is_buyer_maker,is_best_match",
                .behind_symbol = "-aggTrades-"},
    TradeLayout{.time = "transact_time",
                .id = "agg_trade_id",
                .taker = "is_buyer_maker",
                .price = "price",
                .volume = "quantity",
                .who = Taker::buyer_was_maker,
                .has_numbers = true,
                .columns = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,"
                           "is_buyer_maker",
                .behind_symbol = "-aggTrades-"},
    // public.bybit.com/trading, public.bitmex.com
    TradeLayout{.symbol = "symbol",
                .time = "timestamp",
                .id = "trdMatchID",
                .taker = "side",
                .price = "price",
                .volume = "size",
                .rpi = "RPI",
                .clock = Clock::seconds},
    // public.bybit.com/spot: its id counts within the file
    TradeLayout{.time = "timestamp",
                .taker = "side",
                .price = "price",
                .volume = "volume",
                .rpi = "rpi",
                .behind_symbol = "_"},
};

std::vector<std::string_view> names_of(std::string_view columns) {
  std::vector<std::string_view> names;
  for (;;) {
    const std::size_t comma = columns.find(',');
    names.push_back(columns.substr(0, comma));
    if (comma == std::string_view::npos) return names;
    columns.remove_prefix(comma + 1);
  }
}

std::string_view file_name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Tardis' liquidations have the columns of its trades.
bool is_of_liquidations(std::string_view path) {
  return file_name_of(path).find("liquidations") != std::string_view::npos ||
         path.starts_with("liquidations/") || path.find("/liquidations/") != std::string_view::npos;
}

bool has_all(std::string_view header, const TradeLayout& layout) {
  std::string plain{header};
  std::erase(plain, '"');
  const auto columns = names_of(plain);
  const auto has = [&](std::string_view name) {
    return name.empty() || std::find(columns.begin(), columns.end(), name) != columns.end();
  };
  return has(layout.symbol) && has(layout.time) && has(layout.received) && has(layout.id) &&
         has(layout.taker) && has(layout.price) && has(layout.volume);
}

bool is_truth(std::string_view text) {
  return text == "true" || text == "True" || text == "false" || text == "False";
}

/// Rows without a header are told by the name of their file and by where they have words.
bool fits(std::string_view line, std::string_view path, const TradeLayout& layout) {
  if (layout.columns.empty() || path.find(layout.behind_symbol) == std::string_view::npos)
    return false;
  const auto cells = names_of(line), columns = names_of(layout.columns);
  if (cells.size() != columns.size()) return false;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string_view column = columns[i];
    const bool is_word =
        column == layout.taker || column == "isBestMatch" || column == "is_best_match";
    if (is_word != is_truth(cells[i])) return false;
  }
  return true;
}

const TradeLayout* find_layout(std::string_view line, std::string_view path) {
  if (is_of_liquidations(path)) return nullptr;
  const bool table = is_csv_header(line);
  const auto found = std::find_if(layouts.begin(), layouts.end(), [&](const TradeLayout& layout) {
    return table ? has_all(line, layout) : fits(line, file_name_of(path), layout);
  });
  return found == layouts.end() ? nullptr : &*found;
}

/// "BTCUSDT" of `BTCUSDT-trades-2024-08-08.csv`, `BTCUSDT_2024-08-08.csv.gz`.
std::string symbol_in_name(const std::string& path, const TradeLayout& layout) {
  const std::string_view name = file_name_of(path);
  const std::size_t end = name.rfind(layout.behind_symbol);
  if (end == std::string_view::npos || end == 0)
    throw DataError{{.name = path},
                    "expected a name that tells the symbol, as SYMBOL" +
                        std::string{layout.behind_symbol} + "2024-08-08.csv has it"};
  return std::string{name.substr(0, end)};
}

std::vector<std::string> strings_of(const std::vector<std::string_view>& names) {
  return {names.begin(), names.end()};
}

class TradeTable final : public ArchiveFile {
 public:
  TradeTable(LineReader lines, const std::string& path, const TradeLayout& layout, bool has_header)
      : layout_{layout},
        table_{std::move(lines),
               has_header ? std::vector<std::string>{} : strings_of(names_of(layout.columns))},
        columns_{
            .symbol = find(layout.symbol),
            .time = find(layout.time),
            .received = find(layout.received),
            .id = find(layout.id),
            .taker = find(layout.taker),
            .price = find(layout.price),
            .volume = find(layout.volume),
            .rpi = table_.columns().contains(std::string{layout.rpi}) ? find(layout.rpi) : none},
        file_symbol_{layout.symbol.empty() ? symbol_in_name(path, layout) : std::string{}} {}

  std::optional<FileEvent> next() override {
    if (std::exchange(is_first_, false) && layout_.clock == Clock::seconds) look_at_order();
    if (!reversed_.empty()) return give_reversed();
    if (!std::exchange(waits_, false) && !read()) return std::nullopt;
    return give();
  }
  [[nodiscard]] Layout layout() const override { return Layout::trades; }
  [[nodiscard]] const std::optional<std::string>& torn() const override { return table_.torn(); }
  [[nodiscard]] InputPlace place() const override { return table_.place(); }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  struct Columns {
    std::size_t symbol, time, received, id, taker, price, volume, rpi;
  };
  struct Row {
    std::string symbol;
    Trade trade;
    Timestamp received;
  };

  [[nodiscard]] std::size_t find(std::string_view name) const {
    return name.empty() ? none : table_.column(std::string{name});
  }

  /// Reads the next row into row_; false at the end.
  bool read() {
    if (!table_.next()) return false;
    const CsvRow& row = table_.row();
    row_.symbol = columns_.symbol == none ? file_symbol_ : std::string{row.text(columns_.symbol)};
    Trade& trade = row_.trade;
    trade = {.time = time_of(columns_.time),
             .price = row.price(columns_.price),
             .volume = row.amount(columns_.volume),
             .aggressor = aggressor()};
    if (columns_.id != none) trade.id = row.cells()[columns_.id];
    if (layout_.has_numbers) trade.number = number();
    if (columns_.rpi != none && is_set(row.cells()[columns_.rpi])) trade.off = "rpi";
    row_.received = columns_.received == none ? trade.time : row.time(columns_.received);
    return true;
  }

  [[nodiscard]] static bool is_set(std::string_view text) {
    return text == "1" || text == "true" || text == "True";
  }

  [[nodiscard]] std::uint64_t number() const {
    const auto whole = parse_whole(table_.row().text(columns_.id));
    if (!whole || *whole < 0) table_.row().refuse(columns_.id, "a whole number");
    return static_cast<std::uint64_t>(*whole);
  }

  [[nodiscard]] std::optional<Aggressor> aggressor() const {
    const CsvRow& row = table_.row();
    const std::string_view text = row.cells()[columns_.taker];
    if (layout_.who == Taker::buyer_was_maker) {
      if (!is_truth(text)) row.refuse(columns_.taker, "true or false");
      return is_set(text) ? Aggressor::seller : Aggressor::buyer;
    }
    if (text == "buy" || text == "Buy") return Aggressor::buyer;
    if (text == "sell" || text == "Sell") return Aggressor::seller;
    if (!text.empty() && text != "unknown") row.refuse(columns_.taker, "buy, sell or unknown");
    return std::nullopt;
  }

  [[nodiscard]] Timestamp time_of(std::size_t cell) const {
    const CsvRow& row = table_.row();
    if (layout_.clock == Clock::microseconds) return row.time(cell);
    if (layout_.clock == Clock::seconds) return seconds_or_date(cell);
    constexpr std::int64_t earliest = 946'684'800'000, latest = 9'000'000'000'000;  // 2000, 2255
    const auto since = parse_whole(row.cells()[cell]);
    if (since && *since >= earliest && *since <= latest)
      return Timestamp{std::chrono::milliseconds{*since}};
    if (since && *since >= 1000 * earliest && *since <= 1000 * latest)
      return Timestamp{std::chrono::microseconds{*since}};
    row.refuse(cell, "milliseconds or microseconds since 1970, from 2000 on");
  }

  [[nodiscard]] Timestamp seconds_or_date(std::size_t cell) const {
    constexpr Timestamp earliest{std::chrono::seconds{946'684'800}};  // 2000
    std::string text{table_.row().text(cell)};
    constexpr std::size_t day = 10;  // `2018-12-05`
    if (text.size() > day && text[day] == 'D') {
      text[day] = 'T';
      if (const auto time = parse_iso(text + "Z")) return *time;
    } else if (const auto time = parse_epoch_seconds(text); time && *time >= earliest) {
      return *time;
    }
    table_.row().refuse(cell, "seconds since 1970, or 2018-12-05D00:00:25.948313000");
  }

  /// Bybit's old files begin with the newest trade: they are turned round, in memory.
  void look_at_order() {
    std::vector<Row> rows;
    const auto is_later = [&] { return row_.trade.time > rows.front().trade.time; };
    const auto is_older = [&] { return row_.trade.time < rows.front().trade.time; };
    bool more = read();
    for (; more && (rows.empty() || !(is_later() || is_older())); more = read())
      rows.push_back(row_);
    waits_ = more;
    if (more && is_older()) {
      for (; more; more = read()) rows.push_back(row_);
      waits_ = false;
      reversed_ = std::move(rows);
    } else {
      reversed_.assign(rows.rbegin(), rows.rend());
    }
  }

  FileEvent give_reversed() {
    given_ = std::move(reversed_.back());
    reversed_.pop_back();
    return event(given_);
  }
  FileEvent give() {
    given_ = row_;
    return event(given_);
  }
  FileEvent event(const Row& row) {
    update_.symbol = row.symbol;
    update_.trades.assign(1, row.trade);
    FileEvent event;
    event.trades = {&update_, 1};
    event.received = row.received;
    return event;
  }

  TradeLayout layout_;
  CsvTable table_;
  Columns columns_;
  std::string file_symbol_;
  bool is_first_ = true;
  bool waits_ = false;  ///< row_ was read and not given yet
  Row row_, given_;
  std::vector<Row> reversed_;  ///< to be given from the back
  TradeUpdate update_;
};

}  // namespace

bool is_trade_table(std::string_view line, std::string_view path) {
  return find_layout(line, path) != nullptr;
}

std::unique_ptr<ArchiveFile> open_trade_table(LineReader lines, const std::string& path,
                                              std::string_view line) {
  const std::string first{line};
  return std::make_unique<TradeTable>(std::move(lines), path, *find_layout(first, path),
                                      is_csv_header(first));
}

}  // namespace obkit::store

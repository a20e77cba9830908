#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/json_line.hpp"

#include "archive/layouts.hpp"

namespace obkit::store {

namespace {

/// What rows of numbers are that have no header; empty for other texts.
std::string_view kind_of_numbers(std::string_view line) {
  if (line.find_first_not_of("0123456789.,-+eETrueFals") != std::string_view::npos) return {};
  const auto commas = std::count(line.begin(), line.end(), ',');
  const bool whole = line.find_first_not_of("0123456789,-") == std::string_view::npos;
  if (commas == 5 && (line.ends_with(",1") || line.ends_with(",-1")))
    return "messages of LOBSTER under a name that does not tell symbol and day";
  if (commas % 4 == 3 && whole)
    return "order books of LOBSTER under a name that does not tell symbol and day";
  return commas > 1 ? "rows of numbers without a header: trades or candles?" : "";
}

/// A mere brace, and a few lines more: where a file begins so, it is none of ours to replay.
std::string text_of_object(LineReader& lines) {
  constexpr std::size_t enough = 200;
  std::string text = "{";
  while (text.size() < enough) {
    const auto line = lines.next();
    if (!line) break;
    text.append(1, '\n').append(*line);
  }
  return text;
}

std::string_view kind_of_object(LineReader& lines) {
  const std::string_view kind = kind_of_file(text_of_object(lines));
  return kind.empty() ? "JSON of several lines" : kind;
}

/// What a file is that begins with this line, where it is known and no archive of books.
std::string_view kind_of_text(std::string_view line) {
  if (const auto kind = kind_of_file(line); !kind.empty())
    return kind == file_kinds::capture ? std::string_view{} : kind;
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  if (line.substr(begin).starts_with('[')) return "JSON without the time of its receipt in front";
  if (std::count(line.begin(), line.end(), ';') > 1 && line.find('{') == std::string_view::npos)
    return "a table whose cells semicolons separate";
  return kind_of_numbers(line);
}

/// Columns by which a table is known: all of them stand in it.
struct KnownTable {
  std::initializer_list<std::string_view> columns;
  std::string_view name;
};

/// What is no book of levels. The first that fits counts.
constexpr std::string_view quotes = "quotes: the best level alone", candles = "candles",
                           trades = "trades or liquidations", funding = "funding rates",
                           open_interest = "funding rates and open interest";
const KnownTable known_tables[] = {
    {{"percentage", "depth"}, "depths summed up by percent (Binance's bookDepth): no levels"},
    {{"strike_price", "ask_price"}, "a chain of options"},
    {{"strike_price", "type"}, "a chain of options"},
    {{"open_interest"}, open_interest},
    {{"mark_price"}, open_interest},
    {{"sum_open_interest"}, "open interest and ratios of positions (Binance's metrics)"},
    {{"funding_rate"}, funding},
    {{"last_funding_rate"}, funding},
    {{"fundingRate"}, funding},
    {{"ask_price"}, quotes},
    {{"best_ask_price"}, quotes},
    {{"best_ask"}, quotes},
    {{"ask_px_00"}, quotes},
    {{"askPrice", "bidPrice"}, quotes},
    {{"order_id", "action"}, "single orders (L3, MBO)"},
    {{"stat_type"}, "statistics"},
    {{"trading_event"}, "the state of trading"},
    {{"auction_type"}, "imbalances of auctions"},
    {{"raw_symbol", "min_price_increment"}, "definitions of instruments"},
    {{"open", "high", "close"}, candles},
    {{"Open", "High", "Close"}, candles},
    {{"first_update_id", "update_type"},
     "changes of levels in a layout that is not read (T_DEPTH)"},
    {{"side_is_bid"}, "changes of levels in a layout that is not read (Crypto Lake)"},
    {{"original_quantity", "average_price"}, "liquidations"},
    {{"id"}, trades},
    {{"trade_id"}, trades},
    {{"agg_trade_id"}, trades},
    {{"is_buyer_maker"}, trades},
    {{"action", "ts_event"}, trades},
};

/// What a table with that header holds; empty for one that is meant to be Tardis' table of changes.
std::string kind_of_table(std::string_view header) {
  std::string columns = "," + std::string{header} + ",";
  std::erase(columns, '"');
  const auto has = [&](std::string_view name) {
    return columns.find("," + std::string{name} + ",") != std::string::npos;
  };
  if (has("is_snapshot")) return {};
  for (const KnownTable& table : known_tables)
    if (std::all_of(table.columns.begin(), table.columns.end(), has))
      return std::string{table.name};
  return has("local_timestamp") ? "" : "a table with other columns: " + shown(header);
}

}  // namespace

void refuse_others(LineReader& lines, std::string_view first, bool table) {
  const InputPlace place = lines.place();
  const std::string kind = table          ? kind_of_table(first)
                           : first == "{" ? std::string{kind_of_object(lines)}
                                          : std::string{kind_of_text(first)};
  if (kind.empty()) return;
  const std::string_view expected =
      table ? "a table of Tardis' incremental_book_L2 or book_snapshot_N, or of Databento's MBP-10"
            : layouts_of_captures;
  throw DataError{place, "expected " + std::string{expected} + ", found " + kind};
}

}  // namespace obkit::store

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/store/capture_reader.hpp"

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
  return commas > 2 ? "rows of numbers without a header: trades or candles?" : "";
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
  return kind_of_numbers(line);
}

/// What a table with that header holds, where it is known and no books.
std::string_view kind_of_table(std::string_view header) {
  std::string columns = "," + std::string{header} + ",";
  std::erase(columns, '"');
  const auto has_any = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return columns.find("," + std::string{name} + ",") != std::string::npos;
    });
  };
  if (has_any({"is_snapshot"})) return {};
  if (has_any({"percentage"}) && has_any({"depth"}))
    return "depths summed up by percent (Binance's bookDepth): no levels";
  if (has_any({"strike_price"}) && has_any({"ask_price", "type"})) return "a chain of options";
  if (has_any({"funding_rate", "open_interest", "mark_price"}))
    return "funding rates and open interest";
  if (has_any({"ask_price", "best_ask_price", "best_ask", "ask_px_00"}))
    return "quotes: the best level alone";
  if (has_any({"order_id"}) && has_any({"action"})) return "single orders (L3, MBO)";
  if (has_any({"stat_type"})) return "statistics";
  if (has_any({"raw_symbol"}) && has_any({"min_price_increment"}))
    return "definitions of instruments";
  if (has_any({"open"}) && has_any({"high"}) && has_any({"close"})) return "candles";
  if (has_any({"id", "trade_id", "agg_trade_id", "is_buyer_maker"}) ||
      (has_any({"action"}) && has_any({"ts_event"})))
    return "trades or liquidations";
  return {};
}

}  // namespace

void refuse_others(LineReader& lines, std::string_view first, bool table) {
  const InputPlace place = lines.place();
  const std::string_view kind = table          ? kind_of_table(first)
                                : first == "{" ? kind_of_object(lines)
                                               : kind_of_text(first);
  if (kind.empty()) return;
  const std::string_view expected =
      table ? "a table of Tardis' incremental_book_L2 or book_snapshot_N, or of Databento's MBP-10"
            : layouts_of_captures;
  throw DataError{place, "expected " + std::string{expected} + ", found " + std::string{kind}};
}

}  // namespace obkit::store

// A file of an exchange's trades: with either policy for bad lines a trade that was read can be
// written and read again, and what one policy takes the other takes too.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "obkit/core/error.hpp"
#include "obkit/store/trade_line.hpp"
#include "obkit/store/trade_reader.hpp"

#include "fuzz.hpp"
#include "support/memory_source.hpp"

namespace {

using namespace obkit;
using store::BadLine;
using store::TradeReader;

/// But for what is finer than a microsecond, which is cut.
void require_round_trip(store::RecordedTrade trade) {
  std::string line;
  store::append_trade_line(line, trade);
  TradeReader reader{memory(line), "line", BadLine::refuse};
  fuzz::require(reader.next());
  trade.trade.time = std::chrono::floor<std::chrono::microseconds>(trade.trade.time);
  fuzz::require(reader.trade() == trade);
  fuzz::require(!reader.next());
}

/// The number of trades; empty where the reader refuses the file.
std::optional<std::uint64_t> read(const std::string& text, BadLine bad_line) {
  TradeReader reader{memory(text), "trades", bad_line};
  try {
    while (reader.next()) require_round_trip(reader.trade());
  } catch (const DataError&) {
    return std::nullopt;
  }
  fuzz::require(bad_line == BadLine::skip || reader.report().skipped == 0);
  return reader.report().books;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::to_text(data, size);
  const auto strict = read(text, BadLine::refuse), lenient = read(text, BadLine::skip);
  fuzz::require(!strict || strict == lenient);
  return 0;
}

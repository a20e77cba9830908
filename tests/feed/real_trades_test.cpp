#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/input.hpp"

namespace obkit::feed {
namespace {

namespace fs = std::filesystem;

/// By what a capture's name begins with.
const Venue* venue_of(std::string name) {
  constexpr std::string_view derived = "DERIVED_";
  if (name.starts_with(derived)) name.erase(0, derived.size());
  constexpr std::array<std::pair<std::string_view, std::string_view>, 13> venues{{
      {"deribit_", "deribit"},
      {"bitmex_", "bitmex"},
      {"bybit_linear_", "bybit-linear"},
      {"bybit_spot_", "bybit-spot"},
      {"bybit_inverse_", "bybit-inverse"},
      {"okx_", "okx"},
      {"binance_spot_", "binance-spot"},
      {"binance_usdm_", "binance-usdm"},
      {"binance_coinm_", "binance-coinm"},
      {"kraken_spot_", "kraken"},
      {"kraken_v1_", "kraken"},
      {"krakenfut_", "kraken-futures"},
      {"coinbase_", "coinbase"},
  }};
  for (const auto& [begin, venue] : venues)
    if (name.starts_with(begin)) return find_venue(venue);
  return nullptr;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line)
    if (c == ',')
      cells.emplace_back();
    else if (c != '\r')
      cells.back() += c;
  return cells;
}

std::string off_of(const std::string& flags) {
  return flags.starts_with("liq") ? "" : flags;  // which the book met
}

/// Time with as many digits as the golden one, and so on: what is compared.
std::string text_of(std::uint64_t frame, const Trade& trade) {
  std::string time = format_iso(trade.time, 9);
  time.erase(time.find_last_not_of("0Z") + 1);
  std::ostringstream text;
  text << frame << " " << time << " " << to_string(trade.price) << " " << trade.volume << " "
       << (trade.aggressor == Aggressor::buyer    ? "buy"
           : trade.aggressor == Aggressor::seller ? "sell"
                                                  : "")
       << " " << trade.id << " " << trade.off;
  return text.str();
}

/// The live ones of a golden file: frame, time, price, size, side, id, kind, fills, flags.
std::vector<std::string> golden_of(const fs::path& path, std::size_t& old) {
  std::ifstream file{path};
  std::vector<std::string> texts;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const auto cells = cells_of(line);
    if (cells.size() < 9) throw std::runtime_error{"a golden row of few cells: " + line};
    if (cells[6] != "live") {
      ++old;
      continue;
    }
    const Trade trade{.time = parse_iso(cells[1]).value(),
                      .price = parse_price(cells[2]).value(),
                      .volume = parse_number(cells[3]).value(),
                      .aggressor = cells[4] == "buy" ? Aggressor::buyer : Aggressor::seller,
                      .id = cells[5],
                      .off = off_of(cells[8])};
    texts.push_back(text_of(std::stoull(cells[0]), trade));
  }
  return texts;
}

struct Heard {
  std::vector<std::string> texts;
  std::size_t broken_numbers = 0, with_numbers = 0;
};

/// What a capture says, by symbol. In a frame no trade is before the one before it.
std::map<std::string, Heard> hear(const fs::path& path, const Venue& venue, bool with_trades) {
  std::map<std::string, Heard> heard;
  std::map<std::string, std::uint64_t> last;
  const auto protocol = venue.make_protocol({.with_trades = with_trades});
  store::CaptureReader reader{store::open_input(path.string()), path.filename().string()};
  for (std::uint64_t at = 0; const auto line = reader.next(); ++at) {
    const Frame& frame = decode_captured(*protocol, line->frame);
    EXPECT_EQ(frame.kind == Frame::Kind::trades, !frame.trades.empty()) << "frame " << at;
    EXPECT_TRUE(frame.trades.empty() || venue_of_frame(line->frame) == &venue)
        << "frame " << at << ": a capture may begin so";
    EXPECT_NE(frame.kind, Frame::Kind::malformed) << "frame " << at << ": " << frame.text;
    for (const TradeUpdate& update : frame.trades) {
      Heard& of_symbol = heard[update.symbol];
      Timestamp before = Timestamp::min();
      for (const Trade& trade : update.trades) {
        EXPECT_GE(trade.time, std::exchange(before, trade.time)) << "frame " << at;
        of_symbol.texts.push_back(text_of(at, trade));
        if (!trade.number) continue;
        const auto [known, is_first] = last.try_emplace(update.symbol, *trade.number);
        const bool follows = is_first || known->second + trade.fills == *trade.number;
        of_symbol.broken_numbers += follows ? 0 : 1;
        known->second = *trade.number;
        ++of_symbol.with_numbers;
      }
    }
  }
  return heard;
}

void expect_equal(std::vector<std::string> heard, std::vector<std::string> golden) {
  std::sort(heard.begin(), heard.end());
  std::sort(golden.begin(), golden.end());
  const auto [a, b] = std::mismatch(heard.begin(), heard.end(), golden.begin(), golden.end());
  EXPECT_EQ(a == heard.end() ? "the end" : *a, b == golden.end() ? "the end" : *b);
}

/// Whether the venue of a capture counts the trades of a symbol.
bool counts(const Venue& venue, const std::string& capture) {
  return venue.name != "bitmex" && !venue.name.starts_with("bybit") &&
         !capture.starts_with("kraken_v1_");
}

TEST(RealTrades, are_those_that_an_independent_reader_found) {
  const fs::path folder = fs::path{OBKIT_SHARED_DATA} / "trades";
  if (!fs::exists(folder)) GTEST_SKIP() << "no real captures in " << folder;
  std::size_t captures = 0, trades = 0, old = 0;
  for (const auto& entry : fs::directory_iterator{folder}) {
    const std::string file = entry.path().filename().string();
    const std::size_t end = file.find(".raw.tsv.gz");
    const Venue* const venue = venue_of(file);
    if (end == std::string::npos || venue == nullptr) continue;
    SCOPED_TRACE(file);
    const auto heard = hear(entry.path(), *venue, true);
    for (const auto& [symbol, of_symbol] : heard) {
      fs::path golden = folder / (file.substr(0, end) + ".trades.csv");
      if (!fs::exists(golden))
        golden = folder / (file.substr(0, end) + "." + symbol + ".trades.csv");
      expect_equal(of_symbol.texts, golden_of(golden, old));
      trades += of_symbol.texts.size();
      EXPECT_EQ(of_symbol.with_numbers, counts(*venue, file) ? of_symbol.texts.size() : 0U);
      EXPECT_EQ(of_symbol.broken_numbers, 0U) << "nothing is missing in it";
    }
    EXPECT_FALSE(heard.empty());
    EXPECT_TRUE(hear(entry.path(), *venue, false).empty()) << "where nobody asks for trades";
    ++captures;
  }
  EXPECT_GE(captures, 10U);
  EXPECT_GT(trades, 5000U);
  EXPECT_GT(old, 400U);
}

}  // namespace
}  // namespace obkit::feed

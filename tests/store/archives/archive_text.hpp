#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/core/price.hpp"
#include "obkit/store/archive_reader.hpp"

#include "../test_input.hpp"

namespace obkit::store {

inline const std::string change_header =
    "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n";

/// In seconds.
inline constexpr int minute = 60;

/// A second of a table's time, which begins in 2020, in its microseconds.
inline std::string at_second(int at) { return std::to_string(1'600'000'000 + at) + "000000"; }

/// A row of a table of changes; `at` is both times, in seconds.
inline std::string change_row(int at, const std::string& side, const std::string& price,
                              const std::string& amount, const std::string& symbol = "XBTUSD") {
  const std::string time = at_second(at);
  return "bitmex," + symbol + "," + time + "," + time + ",false," + side + "," + price + "," +
         amount + "\n";
}

/// The same of an image.
inline std::string image_row(int at, const std::string& side, const std::string& price,
                             const std::string& amount, const std::string& symbol = "XBTUSD") {
  std::string row = change_row(at, side, price, amount, symbol);
  return row.replace(row.find("false"), 5, "true");
}

/// Bid 9 and ask 10.
inline std::string image(int at, const std::string& symbol = "XBTUSD") {
  return image_row(at, "bid", "9", "1", symbol) + image_row(at, "ask", "10", "2", symbol);
}

/// The header of a table of snapshots, two levels a side.
inline const std::string snapshot_header =
    "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,"
    "bids[0].amount,asks[1].price,asks[1].amount,bids[1].price,bids[1].amount\n";
inline std::string snapshot_row(int at, const std::string& levels = "10,1,9,2,11,3,8,4") {
  const std::string time = at_second(at) + ",";
  return "deribit,BTC," + time + time + levels + "\n";
}

/// An archive of texts in memory, called 0, 1, 2, …
inline ArchiveReader archive_of(std::vector<std::string> texts) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < texts.size(); ++i) names.push_back(std::to_string(i));
  return ArchiveReader{std::move(names), [texts = std::move(texts)](const std::string& name) {
                         return memory(texts.at(std::stoul(name)));
                       }};
}

/// An event in few letters: `I` an image, `C` one that continues, `c` changes, each with the prices
/// of its levels as `+bid` and `-ask`; `|` between the updates of one event; `f(…)` a frame, `X` a
/// disconnect.
inline std::string brief(const ArchiveEvent& event) {
  if (event.kind == ArchiveEvent::Kind::disconnect) return "X";
  if (event.kind == ArchiveEvent::Kind::frame) return "f(" + std::string{event.text} + ")";
  std::string text;
  for (const BookUpdate& update : event.updates) {
    if (!text.empty()) text += '|';
    const bool image = update.kind == BookUpdate::Kind::image;
    text += !image ? 'c' : update.continues ? 'C' : 'I';
    for (const LevelChange& level : update.levels) {
      text += level.side == Side::bid ? '+' : '-';
      text += to_string(level.price.value());
    }
  }
  return text;
}

/// All events, with a space between.
inline std::string brief(ArchiveReader& reader) {
  std::string text;
  while (const auto event = reader.next()) text += (text.empty() ? "" : " ") + brief(*event);
  return text;
}

inline std::string brief(std::vector<std::string> texts) {
  auto reader = archive_of(std::move(texts));
  return brief(reader);
}

/// What is wrong with the archive.
inline std::string problem_of(const std::string& text) {
  try {
    auto reader = archive_of({text});
    while (reader.next()) continue;
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace obkit::store

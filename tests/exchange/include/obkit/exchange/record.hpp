#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/exchange/exchange.hpp"

namespace obkit::exchange {

/// First line of a truth file.
inline constexpr std::string_view truth_header =
    "frame,action,rows,best_bid,bid_size,best_ask,ask_size,rows_in_book,crc32_top100,"
    "symbol,pool,time\n";

/// A line of CSV, with its end: the book after this frame. Sizes are summed per price; a side
/// without levels leaves its two columns empty; the CRC is TrueBook::ladder_crc in 8 hex digits.
[[nodiscard]] std::string truth_line(const Truth& truth);

/// The same of trades: a line of each, numbered by symbol from 1 on. `side` is the aggressor's.
inline constexpr std::string_view trade_truth_header = "trade,symbol,time,side,price,size\n";
[[nodiscard]] std::string trade_truth_line(const MarketTrade& trade, const Channel& channel);

/// Writes what a client that sends `requests` would receive, as lines of `epoch seconds<TAB>frame`
/// with the market's time as the receive time, until `duration` of market time is over or the
/// source ends. Where books are asked for by HTTP, the answer follows its subscription as
/// `@rest TARGET BODY`. Returns the number of frames of what was subscribed to. Throws UsageError
/// for a request that subscribes to nothing; does not close the sink.
std::uint64_t write_capture(Exchange& exchange, const std::vector<std::string>& requests,
                            std::chrono::nanoseconds duration, ByteSink& sink);

}  // namespace obkit::exchange

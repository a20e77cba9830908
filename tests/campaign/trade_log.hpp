#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "obkit/exchange/exchange.hpp"
#include "obkit/store/trade_line.hpp"

namespace obkit::campaign {

/// Every trade of an exchange, to hold a recording of them against.
class TradeLog {
 public:
  explicit TradeLog(exchange::Venue venue) : venue_{venue} {}

  /// For ServerOptions::on_trade; from any thread.
  void record(const exchange::MarketTrade& trade, const exchange::Channel& channel);

  /// How many there were; from any thread.
  [[nodiscard]] std::uint64_t recorded() const { return recorded_; }

  /// Judges the trades of a symbol's files, one after the other, when all are recorded. Each must
  /// be a true one, later than the one before. It must bear a gap where trades between the two are
  /// missing. Returns what is wrong; empty when all is well.
  [[nodiscard]] std::string judge(const std::string& symbol, const store::RecordedTrade& trade);

  /// Of those judged so far: how many, how many bear a gap, and how many were missing in these.
  [[nodiscard]] std::uint64_t judged() const { return judged_; }
  [[nodiscard]] std::uint64_t gaps() const { return gaps_; }
  [[nodiscard]] std::uint64_t missing() const { return missing_; }

 private:
  struct Log {
    std::vector<exchange::MarketTrade> trades;  ///< as the venue tells them, by number
    std::size_t next = 0;                       ///< behind the last one judged
    bool has_begun = false;
  };

  exchange::Venue venue_;
  std::mutex mutex_;
  std::map<std::string, Log> logs_;
  std::atomic<std::uint64_t> recorded_ = 0;
  std::uint64_t judged_ = 0, gaps_ = 0, missing_ = 0;
};

/// Whether a trade of this exchange that is lost can be told by its numbers; else only where the
/// connection is lost.
[[nodiscard]] bool numbers_trades(exchange::Venue venue);

}  // namespace obkit::campaign

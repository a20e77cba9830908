#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/core/trade.hpp"
#include "obkit/store/input_hashes.hpp"
#include "obkit/store/trade_reader.hpp"

namespace obkit::obbacktest {

/// Which book shows what a trade did: the first that is not older by the exchange's clock, or the
/// first that was received behind it.
enum class Attribution { time, arrival };

/// The trades that `--trades` names, and how they meet the books.
struct TradeInputs {
  std::vector<std::string> files;  ///< empty: none were asked for
  Attribution attribution = Attribution::time;
};

/// Those of the symbol of the day-files. The manifest's venue decides what is attributed by
/// arrival. Throws as store::trade_files() and store::read_manifest().
[[nodiscard]] TradeInputs trade_inputs_of(const std::string& path,
                                          const std::vector<std::string>& day_files);

/// What became of the trades that were read.
struct TradeCounts {
  std::uint64_t trades = 0;   ///< that lie in the time of the books
  std::uint64_t off = 0;      ///< of these, that never met the book
  std::uint64_t gaps = 0;     ///< before one of these
  std::uint64_t against = 0;  ///< whose side is not that which the book before would give
  std::uint64_t judged = 0;   ///< that have a side, and not the mid price
  std::optional<Timestamp> first, last;  ///< of all that were read
};

/// An exchange's trades, given book by book.
class MarketTrades {
 public:
  /// `hashes` of the files, as they are read, may be null.
  explicit MarketTrades(const TradeInputs& inputs, store::InputHashes* hashes = nullptr);

  /// Those that this book shows, and no book before did; until the next call. Throws DataError,
  /// IoError.
  [[nodiscard]] std::span<const Trade> until(const OrderBook& book);
  [[nodiscard]] const TradeCounts& counts() const { return counts_; }
  /// What the user should be warned of in what was read so far, a line each.
  [[nodiscard]] std::vector<std::string> warnings() const {
    return store::warnings(stream_.report(), "trade");
  }

 private:
  [[nodiscard]] bool is_shown(const store::RecordedTrade& trade, const OrderBook& book) const;
  void count(const store::RecordedTrade& trade);

  Attribution attribution_;
  store::TradeStream stream_;
  bool has_next_ = false;
  std::optional<Price> double_mid_;  ///< of the book before; empty at the first
  std::vector<Trade> shown_;
  TradeCounts counts_;
};

/// What makes the trades doubtful, a line each.
[[nodiscard]] std::vector<std::string> doubts_of(const TradeCounts& counts);

}  // namespace obkit::obbacktest

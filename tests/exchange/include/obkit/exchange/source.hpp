#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/price.hpp"
#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// What the REST interface tells of a contract.
struct Instrument {
  std::string symbol;
  Price tick;
  std::int64_t lot = 0;
};

/// One moment of the market: what the engine did at once.
struct Event {
  Timestamp time;                 ///< when it is due; never goes back
  std::vector<BookFrame> frames;  ///< in the order they are sent
  bool disconnect = false;        ///< here the connection broke; no frames
  /// Of a synthetic market, in the order of their matches. What they took the frames show as gone.
  std::vector<MarketTrade> trades = {};
  /// Of a synthetic market that gathers nothing: order by order, what made the frames and trades.
  std::vector<QueueEvent> queue = {};
};

/// Where the frames come from: a synthetic market or a capture. Repeatable: the same source made
/// twice gives the same events.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  [[nodiscard]] virtual const std::vector<Instrument>& instruments() const = 0;
  [[nodiscard]] virtual const std::vector<Channel>& channels() const = 0;
  /// The time that the market's clock starts at.
  [[nodiscard]] virtual Timestamp start() const = 0;
  /// A partial per channel for the books before the first event; none where the first events bring
  /// the partials themselves.
  [[nodiscard]] virtual std::vector<BookFrame> opening() const = 0;
  /// Whose protocol the frames are for; empty: levels by id, which any venue can speak of.
  [[nodiscard]] virtual std::optional<Venue> venue() const { return std::nullopt; }
  /// False at the end.
  [[nodiscard]] virtual bool next(Event& event) = 0;
};

struct SyntheticOptions {
  std::vector<std::string> symbols = {"XBTUSD"};
  std::uint64_t seed = 1;
  Timestamp start;
  double rate = 10;                  ///< mean of engine events per second and symbol, > 0
  std::int64_t first_price = 60000;  ///< in quote currency
};

/// A market of random order flow (see OrderFlow) without end, in three pools a symbol: Primary is
/// the order flow, Secondary a large protected order a side some ticks behind it, Aggregated the
/// union of both, rows not merged. No pool is ever crossed.
///
/// Channel 3k, 3k + 1 and 3k + 2 are the Primary, Secondary and Aggregated pool of symbol k.
[[nodiscard]] std::unique_ptr<Source> make_synthetic_source(const SyntheticOptions& options);

/// How long Deribit gathers changes for the channels that are named `100ms`.
inline constexpr std::chrono::milliseconds batch_length{100};

/// The Primary books of a market as Deribit has them: levels by price, sizes summed, and what
/// changed within a batch's time in one `change`; batches without a change are left out. An event
/// is due when its batch ends; its frames bear the time of the last change in it, cut to
/// milliseconds. Change ids are one counter for all symbols, which jumps (and begins anew now and
/// then, where a venue's does), or a channel's own, which does not. In a window of levels, one that
/// leaves it is removed and one that enters is new.
///
/// Pre: the market has its books from the start and never disconnects; its rows have prices.
/// Channel k is symbol k.
[[nodiscard]] std::unique_ptr<Source> make_batched_source(std::unique_ptr<Source> market,
                                                          Batches batches = {});

/// Replays the book frames (orderBookL2 of BitMEX, book of Deribit) of a capture (plain, gzip or
/// zstd; both layouts) as they stand, due at the times they were received. All other frames
/// (welcome, acks, errors) are left out. An empty line is a disconnect.
///
/// A capture has one channel: the symbol and pool of its first partial, whose venue it is of.
/// Whoever subscribes to the symbol gets that channel, whichever pool they name. Frames of another
/// symbol are left out.
///
/// Throws IoError, and DataError for a damaged file, a line that is no capture line, or a capture
/// without a partial that names its symbol.
[[nodiscard]] std::unique_ptr<Source> make_capture_source(const std::string& path);

}  // namespace obkit::exchange

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/price.hpp"
#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/venue.hpp"

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

}  // namespace obkit::exchange

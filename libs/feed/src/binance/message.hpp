#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "obkit/core/level_update.hpp"

#include "../json/json_value.hpp"

namespace obkit::feed::binance {

/// What a message, or the body of an answer, says, whatever the order of its keys.
struct Message {
  std::string stream;  ///< of a combined socket; empty: a bare event
  std::string event, symbol, error;
  std::optional<std::uint64_t> first, last, previous;  ///< U, u, pu
  std::optional<std::uint64_t> snapshot;               ///< lastUpdateId
  std::optional<std::uint64_t> event_ms, engine_ms;    ///< E, T
  std::optional<std::uint64_t> id;                     ///< of the request that it answers
  std::optional<std::uint64_t> trade, aggregate;       ///< t, a
  std::string price, size, execution;                  ///< p, q, X
  std::string visible_size;                            ///< nq: of what stood in the public book
  std::optional<bool> buyer_is_maker;                  ///< m
  std::int64_t code = 0;                               ///< of an error
  bool has_bids = false, has_asks = false;
  bool has_result = false, has_error = false;

  /// As a new one, but for memory that can be used again.
  void clear();

  /// Whether it has the changes of a book.
  [[nodiscard]] bool is_diff() const;
  /// Whether it has a book that somebody asked for by HTTP.
  [[nodiscard]] bool is_snapshot() const;
  /// Whether it has a trade.
  [[nodiscard]] bool is_trade() const;
  /// What a snapshot is of whose message names no symbol; empty: the stream does not tell.
  [[nodiscard]] std::string symbol_of_stream() const;
  /// Of the engine where it is told, else of the event. Throws BadFrame for one that no clock
  /// shows.
  [[nodiscard]] std::optional<Timestamp> time() const;
};

/// Reads messages; memory is reused.
class MessageReader {
 public:
  /// Rows go to the levels of `update`, see read_level_rows(). Valid until the next call. Throws
  /// BadFrame and simdjson_error.
  [[nodiscard]] const Message& read(std::string_view text, BookUpdate& update);

 private:
  void read_fields(simdjson::ondemand::document& document, BookUpdate& update);
  void read_key(std::string_view key, simdjson::ondemand::value content, BookUpdate& update);
  void read_book_key(std::string_view key, simdjson::ondemand::value content, BookUpdate& update);
  void read_rows(simdjson::ondemand::value content, Side side, bool& seen, BookUpdate& update);

  JsonMessage json_;
  Message message_;
};

}  // namespace obkit::feed::binance

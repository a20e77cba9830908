#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "obkit/feed/protocol.hpp"

#include "../json/json_value.hpp"
#include "../trade_list.hpp"
#include "../update_list.hpp"
#include "books.hpp"

namespace obkit::feed::kraken {

/// Kraken's WebSocket v1, which archives have until July 2026; no connection of ours speaks it. Its
/// symbols are named as there: `XBT/USD`.
///
/// `[320,{"as":[["58729.4","0.45","1617666423.606671"],…],"bs":[…]},"book-1000","XBT/USD"]`,
/// `[320,{"a":[…]},{"b":[["58724.8","0.36","1617666423.690142"]],"c":"1611137690"},"book-1000",…]`,
/// `[321,[["58721.2","0.02798644","1617666461.465618","s","m",""],…],"trade","XBT/USD"]`;
/// what is no array is an event. A snapshot has no checksum, and trades have no ids.
class FirstVersion {
 public:
  /// Fills `frame` and `books`, which live longer.
  FirstVersion(Books& books, bool with_trades, Frame& frame)
      : books_{books}, with_trades_{with_trades}, frame_{frame} {}

  /// A message that is an array. Throws BadFrame and simdjson_error.
  void read(simdjson::ondemand::document& document);
  /// `{"event":…}`, what the fields of such a message say. Lenient.
  void read_event(simdjson::ondemand::document& document);

 private:
  /// What stands behind the content.
  struct Topic {
    std::string channel, symbol;
    bool is_image = false;
  };

  [[nodiscard]] static Topic read_topic(simdjson::ondemand::document& document);
  void read_book(simdjson::ondemand::document& document);
  void read_changes(simdjson::ondemand::value content, Books::Book* book, BookUpdate& update);
  void read_rows(simdjson::ondemand::value rows, Side side, Books::Book* book, BookUpdate& update);
  void read_trades(simdjson::ondemand::document& document);
  [[nodiscard]] TradeRow read_trade(simdjson::ondemand::value content) const;

  Books& books_;
  bool with_trades_;
  Frame& frame_;
  Topic topic_;
  UpdateList updates_;
  TradeList trades_;
};

}  // namespace obkit::feed::kraken

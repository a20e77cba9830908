#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <simdjson.h>

#include "obkit/core/time.hpp"
#include "obkit/feed/protocol.hpp"

#include "../json/json_value.hpp"
#include "../trade_list.hpp"
#include "../update_list.hpp"

namespace obkit::feed::coinbase {

/// Messages in, frames out. Updates and trades bear the product's name on the wire. An
/// acknowledgement is a frame of the kind `subscribed`, whose text is the products of level2 with
/// commas between.
class Decoder {
 public:
  explicit Decoder(bool with_trades) : with_trades_{with_trades} {}

  /// A connection begins.
  void open() { last_.reset(); }

  [[nodiscard]] Frame& decode(std::string_view text);

  /// Of the updates of the last frame.
  [[nodiscard]] UpdateList& updates() { return updates_; }
  [[nodiscard]] TradeList& trades() { return trades_; }
  /// The number of the last frame that has one.
  [[nodiscard]] std::optional<std::uint64_t> number() const { return last_; }

 private:
  /// What a message is about: told by its `channel`, or by its `type` where it has none.
  enum class Feed {
    untold,
    other,
    level2,
    market_trades,
    acknowledgement,
    snapshot,
    changes,
    match,
    error
  };

  /// What a message has, whatever the order. Texts are valid until the next message.
  struct Message {
    std::string_view product, text, reason;
    std::string_view side, price, size;  ///< of a match
    std::optional<std::uint64_t> number, trade;
    std::optional<Timestamp> time;
    bool has_bids = false, has_asks = false, has_changes = false, has_events = false;
    bool came_early = false;  ///< something that means nothing before the feed is told
  };

  void read(std::string_view text);
  void read_fields(simdjson::ondemand::document& document);
  void read_key(std::string_view key, simdjson::ondemand::value content);
  void read_part(std::string_view key, simdjson::ondemand::value content);
  void read_event(simdjson::ondemand::value content);
  void read_subscriptions(simdjson::ondemand::value content);
  [[nodiscard]] BookUpdate& only_update();
  void read_trades(simdjson::ondemand::value event);
  void tell_exchange_book();
  void tell_match();
  void tell_trades();
  void tell_books();
  void tell_refusal();
  void count();

  bool with_trades_;
  JsonMessage json_;
  IsoReader times_;
  Feed feed_ = Feed::untold;
  Message message_;
  UpdateList updates_;
  TradeList trades_;
  Frame frame_;
  std::optional<std::uint64_t> last_;
};

}  // namespace obkit::feed::coinbase

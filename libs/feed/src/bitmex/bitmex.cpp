#include "bitmex.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "../best_levels.hpp"
#include "../json/json_value.hpp"
#include "../symbol_name.hpp"
#include "../trade_list.hpp"
#include "quotes.hpp"
#include "rows.hpp"

namespace obkit::feed::bitmex {
namespace {

using simdjson::ondemand::value;

constexpr std::string_view book_table = "orderBookL2", quote_table = "quote", trade_table = "trade";
/// Of a topic.
constexpr std::string_view quote_prefix = "quote:", trade_prefix = "trade:";

/// The keys of a message that matter, whatever their order. The texts are copies: a rewind of the
/// document takes away what simdjson lent.
struct Message {
  std::string table, action, subscribe, pool, error, filter_symbol, filter_pool;
  std::uint64_t status = 0;
  std::optional<std::uint64_t> retry_after;
  std::optional<bool> success;
  bool has_info = false, has_error = false, has_data = false;
  bool asks_for_quotes = false;  ///< the request that it answers
};

/// Of the echo of a request, whose argument is a topic or a list of them.
bool asks_for_quotes(value content) {
  bool asks = false;
  for_each_field(content, [&](std::string_view key, value part) {
    if (key != "args") return;
    const simdjson::ondemand::json_type type = part.type();
    if (type == simdjson::ondemand::json_type::string)
      asks = text_of(part).starts_with(quote_prefix);
    if (type != simdjson::ondemand::json_type::array) return;
    for (auto one : part.get_array()) asks = asks || text_of(one.value()).starts_with(quote_prefix);
  });
  return asks;
}

void read_error(value content, Message& message) {
  message.has_error = true;
  const simdjson::ondemand::json_type type = content.type();
  if (type == simdjson::ondemand::json_type::string) message.error = text_of(content);
  for_each_field(content, [&](std::string_view key, value text) {
    if (key == "message") message.error = text_of(text);
  });
}

/// Takes over one key of a message, but for `data`. Lenient: what has another type than it should
/// is as good as absent.
void read_key(std::string_view key, value content, Message& message) {
  if (key == "info") message.has_info = true;
  if (key == "table") message.table = text_of(content);
  if (key == "action") message.action = text_of(content);
  if (key == "subscribe") message.subscribe = text_of(content);
  if (key == "pool") message.pool = text_of(content);
  if (key == "success") message.success = truth_of(content);
  if (key == "status") message.status = whole_number_of(content).value_or(0);
  if (key == "error") read_error(content, message);
  if (key == "request") message.asks_for_quotes = asks_for_quotes(content);
  if (key == "filter") {
    for_each_field(content, [&](std::string_view part, value text) {
      if (part == "symbol") message.filter_symbol = text_of(text);
      if (part == "pool") message.filter_pool = text_of(text);
    });
  }
  if (key == "meta") {
    for_each_field(content, [&](std::string_view part, value number) {
      if (part == "retryAfter") message.retry_after = whole_number_of(number);
    });
  }
}

/// A settlement has no side. What is of another pool than the book, which has none while the
/// exchange chooses it, never met it; nor did a trade of another type than `Regular`.
TradeRow read_trade(simdjson::ondemand::object content, std::string_view book_pool) {
  TradeRow row{.symbol = {}};
  for (auto field : content) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (part.is_null()) continue;
    if (key == "timestamp") row.time = parse_iso(part.get_string());
    if (key == "symbol") row.symbol = part.get_string();
    if (key == "side" && !text_of(part).empty())
      row.aggressor = aggressor_of(part.get_string(), "Buy", "Sell");
    if (key == "size") row.size = size_of(part);
    if (key == "price") row.price = price_of(part, row.lost);
    if (key == "trdMatchID") row.id = text_of(part);
    if (key == "trdType" && text_of(part) != "Regular") row.off = "other";
    const bool has_own_pool = book_pool == "Primary" || book_pool == "Secondary";
    if (key == "pool" && has_own_pool && !text_of(part).empty() && text_of(part) != book_pool)
      row.off = "pool";
  }
  return row;
}

/// The exchange drops requests that are too long, and does not tell from where on.
constexpr std::size_t topics_per_request = 20;

/// Several where a single one would be too long.
std::vector<std::string> requests_of(std::string_view operation, std::string_view table,
                                     std::span<const std::string> symbols, std::string_view pool) {
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const bool opens = i % topics_per_request == 0;
    if (opens) requests.emplace_back(R"({"op":")").append(operation).append(R"(","args":[)");
    std::string& request = requests.back();
    request.append(opens ? "\"" : ",\"").append(table).append(":").append(symbols[i]);
    if (!pool.empty()) request.append(":").append(pool);
    request += '"';
  }
  for (std::string& request : requests) request += "]}";
  return requests;
}

std::string quote_request(std::string_view operation, const std::string& symbol,
                          const std::string& pool) {
  return std::string{R"({"op":")"}
      .append(operation)
      .append(R"(","args":[")")
      .append(quote_prefix)
      .append(symbol)
      .append(":")
      .append(pool)
      .append(R"("]})");
}

/// Messages in, frames out.
class Decoder {
 public:
  /// `pool` is that of the books, and of the quotes that are asked for.
  Decoder(const std::string& pool, bool with_trades)
      : with_trades_{with_trades},
        pool_{pool},
        best_levels_{[pool](std::string_view operation, const std::string& symbol) {
          return quote_request(operation, symbol, pool);
        }} {}

  /// A connection begins.
  void open() { best_levels_.clear(); }

  /// What brings quotes, which are witnesses of the symbol's book.
  [[nodiscard]] std::vector<Request> check(const std::string& symbol) {
    return best_levels_.follow(symbol);
  }

  const Frame& decode(std::string_view text) {
    read_frame(frame_, [&] {
      rows_.clear();
      quotes_.clear();
      if (text == "pong")
        frame_.kind = Frame::Kind::pong;
      else if (read_compact_book(text, rows_))
        tell_rows();
      else
        read(text);
    });
    return frame_;
  }

 private:
  void read(std::string_view text) {
    auto document = json_.read(text);
    Message message;
    rows_.clear();
    quotes_.clear();
    trades_.clear();
    bool rows_are_read = false;
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      if (key == "data") {
        message.has_data = true;
        // Exchanges name table and action first; an order of keys is no promise, though.
        if (message.table == book_table && !message.action.empty()) {
          rows_.read(content.get_array(), message.action);
          rows_are_read = true;
        }
        if (message.table == quote_table) quotes_.read(content.get_array());
        if (is_of_trades(message)) {
          read_trades(content.get_array());
          rows_are_read = true;
        }
      } else if (!content.is_null()) {
        read_key(key, content, message);
      }
    }
    JsonMessage::expect_end(document);
    const bool wants_data = message.table == book_table || is_of_trades(message);
    if (wants_data && message.has_data && !rows_are_read) read_late(document, message);
    tell(message);
  }

  void read_late(simdjson::ondemand::document& document, const Message& message) {
    document.rewind();
    simdjson::ondemand::array data = document.find_field_unordered("data").get_array();
    if (message.table == book_table)
      rows_.read(data, message.action);
    else
      read_trades(data);
  }

  /// The image of the table is the last trade, an old one.
  [[nodiscard]] bool is_of_trades(const Message& message) const {
    return with_trades_ && message.table == trade_table && message.action == "insert";
  }

  void read_trades(simdjson::ondemand::array data) {
    for (auto row : data) trades_.add(read_trade(row.get_object(), pool_));
  }

  void tell(const Message& message) {
    if (message.table == book_table) {
      tell_book(message);
    } else if (message.table == quote_table) {
      tell_quotes();
    } else if (message.table == trade_table) {
      tell_trades();
    } else if (message.asks_for_quotes) {
      if (message.has_error || message.success == false) best_levels_.refuse();
    } else if (message.has_error || message.success == false) {
      tell_refusal(message);
    } else if (!message.subscribe.empty() && !message.subscribe.starts_with(trade_prefix)) {
      frame_.kind = Frame::Kind::subscribed;
      frame_.text = message.subscribe;
      frame_.pool = message.pool;
      const std::string_view topic = message.subscribe;
      if (topic.starts_with(book_table)) frame_.symbol = topic.substr(topic.find(':') + 1);
    } else {
      frame_.kind = message.has_info ? Frame::Kind::greeting : Frame::Kind::other;
    }
  }

  void tell_refusal(const Message& message) {
    constexpr std::uint64_t largest = 999;
    frame_.kind = Frame::Kind::refused;
    frame_.text = message.error;
    frame_.status = static_cast<int>(std::min(message.status, largest));
    frame_.passes = frame_.status == 429 || frame_.status >= 500;
    if (message.retry_after)
      frame_.retry_after =
          std::chrono::seconds{std::min<std::uint64_t>(*message.retry_after, 86400)};
  }

  void tell_book(const Message& message) {
    if (!message.has_data) throw BadFrame{"a book without data"};
    // An image may have no rows; then the filter alone names the symbol.
    if (message.action == "partial" && !message.filter_symbol.empty())
      rows_.begin_image_of(message.filter_symbol, message.filter_pool);
    tell_rows();
  }

  void tell_quotes() {
    if (quotes_.updates().empty()) return;
    frame_.kind = Frame::Kind::book;
    frame_.updates = quotes_.updates();
    best_levels_.hear(frame_.updates.front().symbol, frame_.replies);
  }

  void tell_trades() {
    if (trades_.all().empty()) return;
    frame_.kind = Frame::Kind::trades;
    frame_.trades = trades_.all();
  }

  void tell_rows() {
    frame_.kind = Frame::Kind::book;
    frame_.updates = rows_.updates();
  }

  bool with_trades_;
  std::string pool_;
  JsonMessage json_;
  Rows rows_;
  Quotes quotes_;
  TradeList trades_;
  BestLevels best_levels_;
  Frame frame_;
};

bool is_symbol(std::string_view text) { return is_name(text, Letters::any, "._-/"); }

std::vector<Header> auth_headers(const Credentials& credentials, std::int64_t expires_seconds,
                                 Hmac hmac) {
  // The path is /realtime whatever the URL says (proxies, replay servers).
  const std::string signature = sign(
      credentials.secret,
      {.verb = "GET", .path = "/realtime", .expires_seconds = expires_seconds, .body = ""}, hmac);
  return {{"api-expires", std::to_string(expires_seconds)},
          {"api-key", credentials.key},
          {"api-signature", signature}};
}

class BitmexProtocol final : public Protocol {
 public:
  explicit BitmexProtocol(Subscription subscription)
      : subscription_{std::move(subscription)},
        decoder_{subscription_.pool, subscription_.with_trades} {}

  std::vector<Request> open() override {
    decoder_.open();
    std::vector<Request> requests;
    add_requests("subscribe", subscription_.symbols, requests);
    if (!subscription_.with_trades) return requests;
    for (std::string& request : requests_of("subscribe", trade_table, subscription_.symbols, ""))
      requests.emplace_back(std::move(request));
    return requests;
  }

  const Frame& decode(std::string_view text) override { return decoder_.decode(text); }

  std::vector<Request> refresh(const std::string& symbol) override {
    std::vector<Request> requests;
    add_requests("unsubscribe", {&symbol, 1}, requests);
    add_requests("subscribe", {&symbol, 1}, requests);
    return requests;
  }

  /// Quotes are of one pool each: a union of them has other best levels.
  std::vector<Request> check(const std::string& symbol) override {
    const bool is_one = subscription_.pool == "Primary" || subscription_.pool == "Secondary";
    return is_one ? decoder_.check(symbol) : std::vector<Request>{};
  }

 private:
  void add_requests(std::string_view operation, std::span<const std::string> symbols,
                    std::vector<Request>& requests) const {
    for (std::string& request : requests_of(operation, book_table, symbols, subscription_.pool))
      requests.emplace_back(std::move(request));
  }

  Subscription subscription_;
  Decoder decoder_;
};

bool recognizes(std::string_view frame) {
  return frame.find("\"table\"") != std::string_view::npos ||
         frame.find("BitMEX") != std::string_view::npos;
}

}  // namespace

std::string sign(std::string_view secret, const SignedRequest& request, Hmac hmac) {
  std::string message{request.verb};
  message.append(request.path).append(std::to_string(request.expires_seconds)).append(request.body);
  return hmac(secret, message);
}

Venue venue() {
  return {.name = "bitmex",
          .live_url = "wss://ws.bitmex.com/realtime",
          .testnet_url = "wss://ws.testnet.bitmex.com/realtime",
          .live_http_url = "https://www.bitmex.com",
          .testnet_http_url = "https://testnet.bitmex.com",
          .default_symbol = "XBTUSD",
          .has_pools = true,
          .facts = {.channel = "orderBookL2",
                    .depth = "all",
                    .snapshot = "by the socket",
                    .proof = "changes of unknown levels; the exchange's quotes each minute",
                    .region = "closed since September 2026",
                    .archives = "captures; Tardis",
                    .trades = "trade"},
          .note = "BitMEX closed on 2026-09-23; see --url and --replay",
          .make_protocol = make_protocol<BitmexProtocol>,
          .is_symbol = is_symbol,
          .recognizes = recognizes,
          .auth_headers = auth_headers,
          .listing = &listing()};
}

}  // namespace obkit::feed::bitmex

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "../json/json_value.hpp"
#include "../number_chain.hpp"
#include "../symbol_name.hpp"
#include "../trade_list.hpp"
#include "kraken.hpp"
#include "row.hpp"

namespace obkit::feed::kraken {
namespace {

using simdjson::ondemand::value;

/// What a message has, whatever the order. Texts are valid until the next message.
struct FuturesMessage {
  std::string_view event, feed, symbol, text, side, product;
  std::string_view trade_id, trade_type;
  std::optional<std::uint64_t> number, time, trade_time;
  std::optional<Price> price;
  std::optional<double> size;
  bool has_price = false, has_bids = false, has_asks = false;
  bool came_early = false;  ///< something of a book or trade, before the feed told of it
};

void read_side(value rows, Side side, BookUpdate& update) {
  for (auto content : rows.get_array()) {
    const Row row = read_row(content.value(), update.lost);
    if (row.price) update.levels.push_back(level_of(side, *row.price, row.size));
  }
}

/// The one that is named first.
std::string_view first_text(value list) {
  simdjson::ondemand::array texts;
  if (list.get_array().get(texts) != simdjson::SUCCESS) return {};
  std::string_view first;
  for (auto text : texts)
    if (first.empty()) first = text_of(text.value());
  return first;
}

/// Messages in, frames out. An acknowledgement of trades is a frame of the kind `other` with the
/// product as its text.
class FuturesDecoder {
 public:
  explicit FuturesDecoder(bool with_trades) : with_trades_{with_trades} {}

  /// A connection begins.
  void open() { chain_.clear(); }

  const Frame& decode(std::string_view text) {
    read_frame(frame_, [&] { read(text); });
    return frame_;
  }

 private:
  void read(std::string_view text) {
    auto document = json_.read(text);
    has_level_ = false;
    read_fields(document);
    JsonMessage::expect_end(document);
    if (has_level_ && message_.came_early) {
      document.rewind();
      read_fields(document);
    }
    if (!message_.event.empty()) return tell_event();
    if (message_.feed == "book_snapshot") return tell_snapshot();
    if (message_.feed == "book") return tell_change();
    if (has_level_) tell_trade();
  }

  void read_fields(simdjson::ondemand::document& document) {
    message_ = {};
    update_ = {.symbol = std::move(update_.symbol), .levels = std::move(update_.levels)};
    update_.levels.clear();
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      read_key(key, content);
      if (key == "side" || key == "price" || key == "qty" || key == "bids" || key == "asks")
        read_level_key(key, content);
    }
  }

  void read_key(std::string_view key, value content) {
    if (key == "event") message_.event = text_of(content);
    if (key == "message") message_.text = text_of(content);
    if (key == "product_id") message_.symbol = text_of(content);
    if (key == "product_ids") message_.product = first_text(content);
    if (key == "seq") message_.number = whole_number_of(content);
    if (key == "timestamp") message_.time = whole_number_of(content);
    if (key == "time") message_.trade_time = whole_number_of(content);
    if (key == "uid") message_.trade_id = text_of(content);
    if (key == "type") message_.trade_type = text_of(content);
    if (key != "feed") return;
    message_.feed = text_of(content);
    has_level_ = message_.feed == "book" || message_.feed == "book_snapshot" ||
                 (with_trades_ && message_.feed == "trade");
  }

  /// Other feeds have keys of the same names. The feed stands first; an order of keys is no
  /// promise, though.
  void read_level_key(std::string_view key, value content) {
    if (!has_level_) message_.came_early = true;
    if (!has_level_) return;
    if (key == "side") message_.side = text_of(content);
    if (key == "price") message_.has_price = true, message_.price = price_of(content, update_.lost);
    if (key == "qty") message_.size = size_of(content);
    if (key == "bids") message_.has_bids = true, read_side(content, Side::bid, update_);
    if (key == "asks") message_.has_asks = true, read_side(content, Side::ask, update_);
  }

  void tell_snapshot() {
    if (!message_.has_bids || !message_.has_asks) throw BadFrame{"a book without bids or asks"};
    update_.kind = BookUpdate::Kind::image;
    // What changes leave of it later cannot be told from a whole book.
    if (update_.levels.empty() && update_.lost.empty()) update_.lost = "a snapshot without levels";
    tell_book();
  }

  void tell_change() {
    if (!message_.has_price || !message_.size) throw BadFrame{"a change without price or qty"};
    if (message_.side != "buy" && message_.side != "sell") throw BadFrame{"an unknown side"};
    const Side side = message_.side == "buy" ? Side::bid : Side::ask;
    update_.kind = BookUpdate::Kind::changes;
    if (message_.price) update_.levels.push_back(level_of(side, *message_.price, *message_.size));
    tell_book();
  }

  void tell_book() {
    if (message_.symbol.empty() || !message_.number)
      throw BadFrame{"a book without product_id or seq"};
    update_.symbol = message_.symbol;
    if (message_.time) update_.time = time_of_milliseconds(*message_.time);
    chain_.check(update_, *message_.number, *message_.number - 1);
    frame_.kind = Frame::Kind::book;
    frame_.updates = {&update_, 1};
  }

  /// Trades have numbers of their own. Those of the past come in another feed, trade_snapshot.
  void tell_trade() {
    if (!message_.has_price || !message_.size || !message_.trade_time)
      throw BadFrame{"a trade without price, qty or time"};
    trades_.clear();
    trades_.add({.symbol = message_.symbol,
                 .time = time_of_milliseconds(*message_.trade_time),
                 .price = message_.price,
                 .size = message_.size,
                 .aggressor = aggressor_of(message_.side, "buy", "sell"),
                 .id = message_.trade_id,
                 .number = message_.number,
                 .off = message_.trade_type == "block" ? "block" : "",
                 .lost = update_.lost});
    if (trades_.all().empty()) return;
    frame_.kind = Frame::Kind::trades;
    frame_.trades = trades_.all();
  }

  void tell_event() {
    if (message_.event == "info") frame_.kind = Frame::Kind::greeting;
    if (message_.event == "subscribed" && (message_.feed == "book" || message_.feed == "trade")) {
      if (message_.feed == "book") frame_.kind = Frame::Kind::subscribed;
      frame_.text = message_.product;
    }
    if (message_.event != "error" && message_.event != "alert") return;
    if (message_.text.starts_with("Already subscribed")) return;
    frame_.kind = Frame::Kind::refused;
    frame_.text = message_.text;
    frame_.passes = message_.text.find("limit") != std::string_view::npos;
  }

  bool with_trades_;
  JsonMessage json_;
  FuturesMessage message_;
  bool has_level_ = false;  ///< a price and its size, of a feed that is read
  BookUpdate update_;
  TradeList trades_;
  NumberChain chain_;
  Frame frame_;
};

/// The exchange takes 100 requests a second.
constexpr std::size_t most_requests = 50;

class FuturesProtocol final : public Protocol {
 public:
  explicit FuturesProtocol(Subscription subscription)
      : symbols_{std::move(subscription.symbols)},
        with_trades_{subscription.with_trades},
        decoder_{with_trades_} {}

  std::vector<Request> open() override {
    decoder_.open();
    unanswered_.clear();
    const std::size_t most = most_requests / (with_trades_ ? 2 : 1);
    const std::size_t group = (symbols_.size() + most - 1) / most;
    std::vector<Request> requests;
    for (const std::string_view feed : feeds()) {
      for (std::size_t first = 0; first < symbols_.size(); first += group) {
        const std::size_t count = std::min(symbols_.size() - first, group);
        requests.emplace_back(request("subscribe", feed, {symbols_.data() + first, count}));
      }
      if (group == 1) unanswered_.insert(unanswered_.end(), symbols_.begin(), symbols_.end());
    }
    return requests;
  }

  const Frame& decode(std::string_view text) override {
    const Frame& frame = decoder_.decode(text);
    const bool is_answer = frame.kind == Frame::Kind::subscribed ||
                           (frame.kind == Frame::Kind::other && !frame.text.empty());
    if (is_answer) erase_answered(frame.text);
    if (frame.kind != Frame::Kind::refused || frame.passes || unanswered_.empty()) return frame;
    // It does not name the product. Requests are answered in their order.
    refusal_ = frame;
    refusal_.symbol = unanswered_.front();
    refusal_.text.append(": ").append(refusal_.symbol);
    unanswered_.pop_front();
    return refusal_;
  }

  std::vector<Request> refresh(const std::string& symbol) override {
    return {request("unsubscribe", book_feed, {&symbol, 1}),
            request("subscribe", book_feed, {&symbol, 1})};
  }

 private:
  static constexpr std::string_view book_feed = "book", trade_feed = "trade";

  [[nodiscard]] std::vector<std::string_view> feeds() const {
    return with_trades_ ? std::vector{book_feed, trade_feed} : std::vector{book_feed};
  }

  /// The first request of the product that has no answer yet.
  void erase_answered(const std::string& symbol) {
    const auto found = std::find(unanswered_.begin(), unanswered_.end(), symbol);
    if (found != unanswered_.end()) unanswered_.erase(found);
  }

  static std::string request(std::string_view event, std::string_view feed,
                             std::span<const std::string> symbols) {
    std::string list;
    for (const std::string& symbol : symbols)
      list.append(list.empty() ? "\"" : ",\"").append(symbol).append("\"");
    return std::string{R"({"event":")"}
        .append(event)
        .append(R"(","feed":")")
        .append(feed)
        .append(R"(","product_ids":[)")
        .append(list)
        .append("]}");
  }

  std::vector<std::string> symbols_;
  bool with_trades_;
  std::deque<std::string> unanswered_;  ///< of each request, where each is of one product
  FuturesDecoder decoder_;
  Frame refusal_;
};

bool is_futures_symbol(std::string_view text) { return is_name(text, Letters::any, "_."); }

bool recognizes_futures(std::string_view frame) {
  return frame.find(R"("feed")") != std::string_view::npos &&
         frame.find(R"("product_id)") != std::string_view::npos;
}

}  // namespace

Venue futures() {
  return {.name = "kraken-futures",
          .live_url = "wss://futures.kraken.com/ws/v1",
          .testnet_url = "wss://demo-futures.kraken.com/ws/v1",
          .live_http_url = "https://futures.kraken.com",
          .testnet_http_url = "https://demo-futures.kraken.com",
          .default_symbol = "PF_XBTUSD",
          .keepalive = Keepalive{.text = {}, .every = std::chrono::seconds{30}},
          .silence = {.symbol = std::chrono::seconds{120}},
          .facts = {.channel = "book",
                    .depth = "all",
                    .snapshot = "by the socket",
                    .proof = "numbers rise by one",
                    .region = "none known",
                    .archives = "captures; Tardis",
                    .trades = "trade"},
          .make_protocol = make_protocol<FuturesProtocol>,
          .is_symbol = is_futures_symbol,
          .recognizes = recognizes_futures,
          .listing = &futures_listing()};
}

}  // namespace obkit::feed::kraken

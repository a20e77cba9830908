#include "bybit.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "../best_levels.hpp"
#include "../json/json_value.hpp"
#include "../symbol_name.hpp"
#include "../trade_list.hpp"

namespace obkit::feed::bybit {
namespace {

using simdjson::ondemand::value;

/// Snapshots alone, after each change of it; the other windows are held against it.
constexpr std::uint64_t best_level = 1;

constexpr std::string_view book_prefix = "orderbook.", trade_prefix = "publicTrade.";

std::string request(std::string_view operation, std::string_view prefix,
                    const std::string& symbol) {
  return std::string{R"({"op":")"}
      .append(operation)
      .append(R"(","args":[")")
      .append(prefix)
      .append(symbol)
      .append(R"("]})");
}

std::string request(std::string_view operation, std::uint64_t levels, const std::string& symbol) {
  return request(operation, std::string{book_prefix} + std::to_string(levels) + ".", symbol);
}

/// Since 1970; in nanoseconds they must fit 63 bits.
constexpr std::uint64_t latest_milliseconds = 9'000'000'000'000;

/// `orderbook.50.BTCUSDT`; not `orderbook.rpi.…` and `orderbook.full.…`, which are other feeds.
struct Topic {
  std::uint64_t levels = 0;
  std::string_view symbol;
};

std::optional<Topic> book_topic(std::string_view text) {
  if (!text.starts_with(book_prefix)) return std::nullopt;
  text.remove_prefix(book_prefix.size());
  const std::size_t dot = std::min(text.find('.'), text.size());
  Topic topic;
  const auto read = std::from_chars(text.data(), text.data() + dot, topic.levels);
  if (read.ec != std::errc{} || read.ptr != text.data() + dot) return std::nullopt;
  topic.symbol = text.substr(std::min(dot + 1, text.size()));
  if (topic.levels == 0 || topic.symbol.empty()) return std::nullopt;
  return topic;
}

/// The symbol of `publicTrade.BTCUSDT`; empty for any other topic.
std::string_view trade_topic(std::string_view text) {
  return text.starts_with(trade_prefix) ? text.substr(trade_prefix.size()) : std::string_view{};
}

/// `{"T":1786310820346,"s":"ETHUSDT","S":"Buy","v":"0.01","p":"1922.50","i":"…","BT":false}`
TradeRow read_trade(value content) {
  TradeRow row{.symbol = {}};
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "T") row.time = time_of_milliseconds(part.get_uint64());
    if (key == "s") row.symbol = part.get_string();
    if (key == "S") row.aggressor = aggressor_of(part.get_string(), "Buy", "Sell");
    if (key == "v") row.size = size_of_text(part);
    if (key == "p") row.price = price_of_text(part, row.lost);
    if (key == "i") row.id = text_of(part);
    if (key == "RPI" && row.off.empty() && truth_of(part) == true) row.off = "rpi";
    if (key == "BT" && truth_of(part) == true) row.off = "block";
  }
  return row;
}

/// What is on the top of a message, whatever the order, but for a book's data. Texts are valid
/// until the next message.
struct Message {
  std::optional<Topic> topic;  ///< of a book
  bool is_trades = false;
  std::string_view type, operation, answer;
  std::optional<std::uint64_t> time;
  std::optional<bool> success;
  bool has_data = false, is_read = false;

  [[nodiscard]] bool wants_data() const { return topic || is_trades; }
};

/// Lenient: what has another type than it should is as good as absent.
void read_key(std::string_view key, value content, Message& message) {
  if (key == "topic") {
    const std::string_view topic = text_of(content);
    message.topic = book_topic(topic);
    message.is_trades = !trade_topic(topic).empty();
  }
  if (key == "type") message.type = text_of(content);
  if (key == "ts") message.time = whole_number_of(content);
  if (key == "op") message.operation = text_of(content);
  if (key == "ret_msg") message.answer = text_of(content);
  if (key == "success") message.success = truth_of(content);
  if (key == "data") message.has_data = true;
}

/// Whether a refusal is nobody's fault and will be over some time. A topic that is subscribed
/// already is one of which the exchange thinks otherwise than we; a new connection ends that.
bool passes(std::string_view answer) {
  constexpr std::array<std::string_view, 4> temporary{"Too many", "Too frequent", "restarting",
                                                      "already subscribed"};
  return std::any_of(temporary.begin(), temporary.end(), [&](std::string_view text) {
    return answer.find(text) != std::string_view::npos;
  });
}

/// Messages in, frames out. Knows which window of a symbol is its book, and that one's number.
class Decoder {
 public:
  /// Of these symbols; none: of all.
  Decoder(const std::vector<std::string>& symbols, bool with_trades)
      : takes_all_{symbols.empty()}, with_trades_{with_trades} {
    for (const std::string& symbol : symbols) books_.try_emplace(symbol);
  }

  /// A connection begins.
  void open() {
    for (auto& [symbol, book] : books_) book = {};
    best_levels_.clear();
  }

  const Frame& decode(std::string_view text) {
    read_frame(frame_, [&] { read(text); });
    return frame_;
  }

  /// What brings a witness of the symbol's book, where it has one.
  [[nodiscard]] std::vector<Request> check(const std::string& symbol) {
    const auto found = books_.find(symbol);
    if (found == books_.end() || !found->second.number) return {};
    return best_levels_.follow(symbol);
  }

 private:
  /// What is known of a symbol's book.
  struct Book {
    std::uint64_t levels = 0;             ///< of its window; 0: no snapshot came yet
    std::optional<std::uint64_t> number;  ///< of the last update; empty while the book is lost
  };

  void read(std::string_view text) {
    auto document = json_.read(text);
    message_ = {};
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      if (key == "data" && message_.wants_data())
        read_data(content);
      else
        read_key(key, content, message_);
    }
    JsonMessage::expect_end(document);
    if (!message_.wants_data()) return tell_answer();
    if (!message_.is_read) read_late(document);
    if (message_.topic)
      tell_book();
    else
      tell_trades();
  }

  /// The topic stands first; an order of keys is no promise, though.
  void read_late(simdjson::ondemand::document& document) {
    if (!message_.has_data) throw BadFrame{"a topic without data"};
    const std::string symbol{message_.topic ? message_.topic->symbol : ""}, type{message_.type};
    document.rewind();  // which overwrites the texts
    read_data(document.find_field_unordered("data"));
    if (!message_.topic) return;
    symbol_ = symbol;
    type_ = type;
    message_.topic->symbol = symbol_;
    message_.type = type_;
  }

  void read_data(value data) {
    message_.is_read = true;
    if (message_.is_trades)
      read_trades(data);
    else
      read_book(data);
  }

  void read_trades(value data) {
    trades_.clear();
    if (!with_trades_) return;
    for (auto content : data.get_array()) {
      const TradeRow row = read_trade(content.value());
      trade_symbol_ = row.symbol;
      if (takes_all_ || books_.contains(trade_symbol_)) trades_.add(row);
    }
  }

  void tell_trades() {
    if (trades_.all().empty()) return;
    frame_.kind = Frame::Kind::trades;
    frame_.trades = trades_.all();
  }

  void read_book(value data) {
    update_.levels.clear();
    update_.lost.clear();
    bool has_bids = false, has_asks = false;
    std::optional<std::uint64_t> number;
    sequence_.reset();
    for (auto field : data.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      if (key == "u") number = content.get_uint64().value();
      if (key == "seq") sequence_ = whole_number_of(content);
      if (key == "b") has_bids = true, read_level_rows(content, Side::bid, update_);
      if (key == "a") has_asks = true, read_level_rows(content, Side::ask, update_);
    }
    if (!number || !has_bids || !has_asks) throw BadFrame{"a book without u, b or a"};
    number_ = *number;
  }

  void tell_answer() {
    const bool is_ping = message_.operation == "ping" || message_.operation == "pong";
    if (message_.success == false) {
      tell_refusal();
    } else if (is_ping || message_.answer == "pong") {
      frame_.kind = Frame::Kind::pong;
    } else if (message_.success && message_.operation == "subscribe") {
      frame_.kind = Frame::Kind::subscribed;
    }
  }

  /// `error:handler not found,topic:orderbook.50.NOPE`
  void tell_refusal() {
    constexpr std::string_view mark = "topic:";
    const std::string_view answer = message_.answer;
    const std::size_t at = answer.find(mark);
    const std::string_view name =
        at == std::string_view::npos ? std::string_view{} : answer.substr(at + mark.size());
    const auto topic = book_topic(name);
    if (topic && topic->levels == best_level) return best_levels_.refuse();
    frame_.kind = Frame::Kind::refused;
    frame_.text = answer;
    frame_.passes = passes(answer);
    const std::string_view symbol = topic ? topic->symbol : trade_topic(name);
    if (symbol.empty() || !answer.starts_with("error:handler not found")) return;
    frame_.symbol = symbol;
    frame_.text = "no such symbol: " + frame_.symbol;
  }

  void tell_book() {
    update_.symbol = message_.topic->symbol;
    const auto found =
        takes_all_ ? books_.try_emplace(update_.symbol).first : books_.find(update_.symbol);
    if (found == books_.end()) return;
    update_.time = time();
    // The same in all windows, as their own numbers are not.
    update_.number = sequence_;
    if (message_.topic->levels == best_level && found->second.levels > best_level)
      return tell_witness();
    // A restart of the exchange's service counts from 1 on, by whatever name.
    const bool is_image = message_.type == "snapshot" || number_ == 1;
    if (!is_image && message_.type != "delta") throw BadFrame{"an unknown type of book"};
    if (!is_image && !go_on(found->second)) return;
    if (is_image) begin(found->second);
    frame_.kind = Frame::Kind::book;
    frame_.updates = {&update_, 1};
  }

  /// What stands behind all other windows; it says nothing where it has no number.
  void tell_witness() {
    if (message_.type != "snapshot" || !update_.number) return;
    update_.kind = BookUpdate::Kind::witness;
    update_.continues = false;
    update_.order = BookUpdate::Order::untold;
    frame_.kind = Frame::Kind::book;
    frame_.updates = {&update_, 1};
    best_levels_.hear(update_.symbol, frame_.replies);
  }

  [[nodiscard]] std::optional<Timestamp> time() const {
    if (!message_.time) return std::nullopt;
    if (*message_.time > latest_milliseconds) throw BadFrame{"a ts that is no time"};
    return Timestamp{std::chrono::milliseconds{*message_.time}};
  }

  /// A snapshot of a window. The last one is of the symbol's book.
  void begin(Book& book) {
    const std::uint64_t levels = message_.topic->levels;
    update_.kind = BookUpdate::Kind::image;
    update_.order = BookUpdate::Order::untold;
    // The last line of a day's archive has the number of the change before.
    const bool follows = book.number && book.levels == levels && number_ != 1;
    update_.continues = follows && (number_ == *book.number || number_ == *book.number + 1);
    book = {.levels = levels, .number = number_};
    // What changes leave of it later cannot be told from a whole book.
    if (update_.levels.empty() && update_.lost.empty()) update_.lost = "a snapshot without levels";
    if (!update_.lost.empty()) book.number.reset();
  }

  /// A change of a window; whether it is of the symbol's book.
  bool go_on(Book& book) {
    if (book.levels != 0 && book.levels != message_.topic->levels) return false;
    update_.kind = BookUpdate::Kind::changes;
    update_.continues = false;
    update_.order = BookUpdate::Order::untold;
    remove_empty_levels();
    if (!book.number) {  // the book waits for a snapshot
      update_.lost.clear();
      return true;
    }
    const bool follows = number_ == *book.number + 1;
    update_.order = follows ? BookUpdate::Order::follows : BookUpdate::Order::breaks;
    if (!follows)
      update_.lost = "update " + std::to_string(number_) + " came after " +
                     std::to_string(*book.number) + ": what lies between is missing";
    book.number = number_;
    if (!update_.lost.empty()) book.number.reset();
    return true;
  }

  /// A level goes by a size of 0. Bybit never removes one that it did not show: if it seems so, the
  /// book is not the exchange's.
  void remove_empty_levels() {
    for (LevelChange& level : update_.levels) {
      if (level.size != 0.0) continue;
      level.action = LevelChange::Action::remove;
      level.size.reset();
    }
  }

  bool takes_all_, with_trades_;
  std::unordered_map<std::string, Book> books_;
  BestLevels best_levels_{[](std::string_view operation, const std::string& symbol) {
    return request(operation, best_level, symbol);
  }};
  JsonMessage json_;
  Message message_;
  std::string symbol_, type_;  ///< of a message whose data came first
  std::string trade_symbol_;   ///< its memory is used again
  std::uint64_t number_ = 0;
  std::optional<std::uint64_t> sequence_;  ///< the exchange's own, of what a message tells
  BookUpdate update_;
  TradeList trades_;
  Frame frame_;
};

/// Bybit's windows, each an own feed; the smaller ones come more often.
constexpr std::array<std::size_t, 3> windows{50, 200, 1000};

std::size_t window_for(std::size_t levels) {
  const auto* const found = std::find_if(windows.begin(), windows.end(),
                                         [=](std::size_t window) { return levels <= window; });
  return found == windows.end() ? windows.back() : *found;
}

class BybitProtocol final : public Protocol {
 public:
  explicit BybitProtocol(Subscription subscription)
      : symbols_{std::move(subscription.symbols)},
        window_{window_for(subscription.levels)},
        with_trades_{subscription.with_trades},
        decoder_{symbols_, with_trades_} {}

  /// One topic a request: a topic that is none fails all of its request. Trades first: where a
  /// connection takes over from another, none is missed behind its book.
  std::vector<Request> open() override {
    decoder_.open();
    std::vector<Request> requests;
    requests.reserve(symbols_.size() * (with_trades_ ? 2 : 1));
    for (const std::string& symbol : symbols_) {
      if (with_trades_) requests.emplace_back(request("subscribe", trade_prefix, symbol));
      requests.emplace_back(request("subscribe", window_, symbol));
    }
    return requests;
  }

  const Frame& decode(std::string_view text) override { return decoder_.decode(text); }

  std::vector<Request> refresh(const std::string& symbol) override {
    return {request("unsubscribe", window_, symbol), request("subscribe", window_, symbol)};
  }

  std::vector<Request> check(const std::string& symbol) override { return decoder_.check(symbol); }

 private:
  std::vector<std::string> symbols_;
  std::size_t window_;  ///< of all books
  bool with_trades_;
  Decoder decoder_;
};

/// A connection carries 21,000 characters of topics: 500 of the longest, with quotes and commas.
constexpr std::size_t topic_characters = 21'000;
constexpr std::size_t longest_symbol = 24;
constexpr std::string_view longest_prefix = R"(,"orderbook.1000.")";
constexpr std::string_view trade_topic_frame = R"(,"publicTrade.")";
constexpr std::size_t symbols_max = topic_characters / (longest_symbol + longest_prefix.size());
constexpr std::size_t symbols_with_trades_max =
    topic_characters / (2 * longest_symbol + longest_prefix.size() + trade_topic_frame.size());

bool is_symbol(std::string_view text) {
  return is_name(text, Letters::capital, "-", longest_symbol);
}

enum class Category { none, linear, spot, inverse };

/// All have the same frames of books and trades, but that those of spot tell their time before
/// their type. So do those of one level of the others.
Category category_of(std::string_view frame) {
  const std::size_t begin =
      std::min(frame.find("\"orderbook."), frame.find("\"publicTrade."));  // npos is the largest
  if (begin == std::string_view::npos || frame.find("\"topic\"") == std::string_view::npos)
    return Category::none;
  const std::string_view topic = frame.substr(begin + 1, frame.find('"', begin + 1) - begin - 1);
  const bool is_of_one_level = topic.starts_with("orderbook.1.");
  if (!is_of_one_level && frame.find("\"ts\"") < frame.find("\"type\"")) return Category::spot;
  return is_inverse(topic.substr(topic.rfind('.') + 1)) ? Category::inverse : Category::linear;
}

template <Category category>
bool recognizes(std::string_view frame) {
  return category_of(frame) == category;
}

struct Stream {
  std::string_view name, live_url, testnet_url, default_symbol;
  const Listing& listing;
  bool (*recognizes)(std::string_view frame);
};

Venue venue_of(const Stream& stream) {
  return {.name = stream.name,
          .live_url = stream.live_url,
          .testnet_url = stream.testnet_url,
          .live_http_url = "https://api.bybit.com",
          .testnet_http_url = "https://api-testnet.bybit.com",
          .default_symbol = stream.default_symbol,
          .symbols_max = symbols_max,
          .symbols_with_trades_max = symbols_with_trades_max,
          .connections_max = 1000,
          .levels_max = [](std::size_t /*symbols*/) { return windows.back(); },
          .connect_pace = std::chrono::milliseconds{600},  // 500 in 5 minutes
          .keepalive = Keepalive{.text = R"({"op":"ping"})", .every = std::chrono::seconds{15}},
          .silence = {.symbol = std::chrono::seconds{120}},
          .facts = {.channel = "orderbook.50, .200 or .1000",
                    .depth = "the smallest of these that holds --depth",
                    .snapshot = "by the socket",
                    .proof = "numbers rise by one; the best level by orderbook.1 each minute",
                    .region = "own hosts for EU, TR, KZ, ID, GE (--url)",
                    .archives = "captures; Tardis; Bybit's daily ob200 and ob500 zip",
                    .trades = "publicTrade.SYMBOL"},
          .make_protocol = make_protocol<BybitProtocol>,
          .is_symbol = is_symbol,
          .recognizes = stream.recognizes,
          .listing = &stream.listing};
}

}  // namespace

bool is_inverse(std::string_view symbol) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::size_t size = symbol.size();
  const bool is_dated = size > 3 && is_digit(symbol[size - 1]) && is_digit(symbol[size - 2]);
  return symbol.substr(0, size - (is_dated ? 3 : 0)).ends_with("USD");
}

Venue spot() {
  return venue_of({.name = "bybit-spot",
                   .live_url = "wss://stream.bybit.com/v5/public/spot",
                   .testnet_url = "wss://stream-testnet.bybit.com/v5/public/spot",
                   .default_symbol = "BTCUSDT",
                   .listing = spot_listing(),
                   .recognizes = recognizes<Category::spot>});
}

Venue linear() {
  return venue_of({.name = "bybit-linear",
                   .live_url = "wss://stream.bybit.com/v5/public/linear",
                   .testnet_url = "wss://stream-testnet.bybit.com/v5/public/linear",
                   .default_symbol = "BTCUSDT",
                   .listing = linear_listing(),
                   .recognizes = recognizes<Category::linear>});
}

Venue inverse() {
  return venue_of({.name = "bybit-inverse",
                   .live_url = "wss://stream.bybit.com/v5/public/inverse",
                   .testnet_url = "wss://stream-testnet.bybit.com/v5/public/inverse",
                   .default_symbol = "BTCUSD",
                   .listing = inverse_listing(),
                   .recognizes = recognizes<Category::inverse>});
}

}  // namespace obkit::feed::bybit

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "../json/json_value.hpp"
#include "../symbol_name.hpp"
#include "../trade_list.hpp"
#include "books.hpp"
#include "first_version.hpp"
#include "kraken.hpp"

namespace obkit::feed::kraken {
namespace {

using simdjson::ondemand::value;

/// What is on the top of a message, whatever the order, but for a book's data. Texts are valid
/// until the next message.
struct Message {
  std::string_view channel, type, method, error, symbol, system;
  std::optional<std::uint64_t> depth;
  std::optional<bool> success;
  bool has_data = false, is_read = false;
  bool is_event = false;  ///< of the first version

  [[nodiscard]] bool is_book() const { return channel == "book"; }
  [[nodiscard]] bool is_trades() const { return channel == "trade"; }
};

/// `{"symbol":"BTC/USD","side":"buy","price":77313.3,"qty":0.0084064,"trade_id":107612614,…}`
TradeRow read_trade(value content) {
  TradeRow row{.symbol = {}};
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "symbol") row.symbol = part.get_string();
    if (key == "side") row.aggressor = aggressor_of(part.get_string(), "buy", "sell");
    if (key == "price") row.price = price_of(part, row.lost);
    if (key == "qty") row.size = size_of(part);
    if (key == "trade_id") row.number = part.get_uint64().value();
    if (key == "timestamp") row.time = parse_iso(part.get_string());
  }
  return row;
}

void read_result(value content, Message& message) {
  for_each_field(content, [&](std::string_view key, value part) {
    if (key == "channel") message.channel = text_of(part);
    if (key == "symbol") message.symbol = text_of(part);
    if (key == "depth") message.depth = whole_number_of(part);
  });
}

/// `[{"system":"online",…}]`
void read_status(value content, Message& message) {
  simdjson::ondemand::array list;
  if (content.get_array().get(list) != simdjson::SUCCESS) return;
  for (auto entry : list)
    for_each_field(entry.value(), [&](std::string_view key, value part) {
      if (key == "system") message.system = text_of(part);
    });
}

/// Lenient: what has another type than it should is as good as absent.
void read_key(std::string_view key, value content, Message& message) {
  if (key == "channel") message.channel = text_of(content);
  if (key == "type") message.type = text_of(content);
  if (key == "method") message.method = text_of(content);
  if (key == "error") message.error = text_of(content);
  if (key == "symbol") message.symbol = text_of(content);
  if (key == "success") message.success = truth_of(content);
  if (key == "result") read_result(content, message);
  if (key == "event") message.is_event = true;
  if (key != "data") return;
  message.has_data = true;
  if (message.channel == "status") read_status(content, message);
}

/// Whether a refusal is nobody's fault and will be over some time. A symbol that is subscribed
/// already is one of which Kraken thinks otherwise than we; a new connection ends that.
bool passes(std::string_view error) {
  constexpr std::array<std::string_view, 5> temporary{"rate limit", "Rate limit", "unavailable",
                                                      "nternal error", "lready subscribed"};
  return std::any_of(temporary.begin(), temporary.end(), [&](std::string_view text) {
    return error.find(text) != std::string_view::npos;
  });
}

/// `Currency pair not supported AB/CD`; empty for any other text.
std::string_view unknown_symbol(std::string_view error) {
  constexpr std::string_view mark = "Currency pair not supported ";
  return error.starts_with(mark) ? error.substr(mark.size()) : std::string_view{};
}

/// Messages in, frames out.
class Decoder {
 public:
  Decoder(const std::vector<std::string>& symbols, bool with_trades)
      : with_trades_{with_trades}, books_{symbols} {}

  /// A connection begins.
  void open() { books_.open(); }

  const Frame& decode(std::string_view text) {
    read_frame(frame_, [&] { read(text); });
    return frame_;
  }

 private:
  void read(std::string_view text) {
    auto document = json_.read(text);
    if (document.type() == simdjson::ondemand::json_type::array)
      return first_version_.read(document);
    message_ = {};
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      if (key == "data" && wants_data())
        read_data(content);
      else
        read_key(key, content, message_);
    }
    JsonMessage::expect_end(document);
    if (message_.is_event) return tell_event(document);
    if (!message_.method.empty()) return tell_answer();
    if (wants_data() && !message_.is_read) read_late(document);
    if (message_.is_book()) return tell_book();
    if (message_.is_trades()) return tell_trades();
    if (message_.channel == "status") tell_status();
  }

  void tell_event(simdjson::ondemand::document& document) {
    document.rewind();
    first_version_.read_event(document);
  }

  [[nodiscard]] bool wants_data() const {
    return message_.is_book() || (with_trades_ && message_.is_trades());
  }

  void read_data(value data) {
    message_.is_read = true;
    if (message_.is_book()) return books_.read(data);
    trades_.clear();
    for (auto row : data.get_array()) trades_.add(read_trade(row.value()));
  }

  /// The channel stands first; an order of keys is no promise, though.
  void read_late(simdjson::ondemand::document& document) {
    if (!message_.has_data) throw BadFrame{"a channel without data"};
    const bool is_book = message_.is_book();
    const std::string_view type = known_type();
    document.rewind();  // which overwrites the texts
    message_.channel = is_book ? "book" : "trade";
    message_.type = type;
    read_data(document.find_field_unordered("data"));
  }

  [[nodiscard]] std::string_view known_type() const {
    return message_.type == "snapshot" ? "snapshot" : message_.type == "update" ? "update" : "";
  }

  void tell_book() {
    frame_.updates = books_.tell(known_type());
    frame_.kind = Frame::Kind::book;
  }

  /// A snapshot has the last trades before the subscription.
  void tell_trades() {
    if (!message_.is_read || message_.type == "snapshot" || trades_.all().empty()) return;
    if (message_.type != "update") throw BadFrame{"an unknown type of trades"};
    frame_.kind = Frame::Kind::trades;
    frame_.trades = trades_.all();
  }

  /// While the exchange lets nobody post or cancel orders, its books go on.
  void tell_status() {
    constexpr std::chrono::seconds pause{5};
    if (message_.system == "online") frame_.kind = Frame::Kind::greeting;
    if (message_.system != "maintenance") return;
    frame_.kind = Frame::Kind::refused;
    frame_.text = "maintenance";
    frame_.passes = true;
    frame_.retry_after = pause;
  }

  void tell_answer() {
    if (message_.method == "pong") frame_.kind = Frame::Kind::pong;
    if (message_.method != "subscribe") return;
    if (message_.success == false) return tell_refusal();
    if (!message_.success || !message_.is_book()) return;
    frame_.kind = Frame::Kind::subscribed;
    frame_.text = frame_.symbol = message_.symbol;
    if (message_.depth) books_.set_window(message_.symbol, *message_.depth);
  }

  void tell_refusal() {
    frame_.kind = Frame::Kind::refused;
    frame_.text = message_.error;
    frame_.passes = passes(message_.error);
    const std::string_view unknown = unknown_symbol(message_.error);
    if (unknown.empty()) return;
    frame_.symbol = message_.symbol.empty() ? unknown : message_.symbol;
  }

  bool with_trades_;
  JsonMessage json_;
  Message message_;
  Books books_;
  TradeList trades_;
  Frame frame_;
  FirstVersion first_version_{books_, with_trades_, frame_};
};

constexpr std::size_t symbols_per_request = 100;

class SpotProtocol final : public Protocol {
 public:
  explicit SpotProtocol(Subscription subscription)
      : symbols_{std::move(subscription.symbols)},
        window_{window_for(subscription.levels)},
        with_trades_{subscription.with_trades},
        decoder_{symbols_, with_trades_} {}

  /// Trades first: where a connection takes over from another, none is missed behind its book.
  std::vector<Request> open() override {
    decoder_.open();
    std::vector<Request> requests;
    for (std::size_t first = 0; first < symbols_.size(); first += symbols_per_request) {
      const std::size_t count = std::min(symbols_.size() - first, symbols_per_request);
      const std::span<const std::string> group{symbols_.data() + first, count};
      if (with_trades_)
        requests.emplace_back(R"({"method":"subscribe","params":{"channel":"trade","symbol":[)" +
                              quoted(group) + R"(],"snapshot":false}})");
      requests.emplace_back(request("subscribe", group));
    }
    return requests;
  }

  const Frame& decode(std::string_view text) override { return decoder_.decode(text); }

  std::vector<Request> refresh(const std::string& symbol) override {
    return {request("unsubscribe", {&symbol, 1}), request("subscribe", {&symbol, 1})};
  }

 private:
  static std::string quoted(std::span<const std::string> symbols) {
    std::string list;
    for (const std::string& symbol : symbols)
      list.append(list.empty() ? "\"" : ",\"").append(symbol).append("\"");
    return list;
  }

  [[nodiscard]] std::string request(std::string_view method,
                                    std::span<const std::string> symbols) const {
    return std::string{R"({"method":")"}.append(method) +
           R"(","params":{"channel":"book","symbol":[)" + quoted(symbols) + R"(],"depth":)" +
           std::to_string(window_) + "}}";
  }

  std::vector<std::string> symbols_;
  std::size_t window_;
  bool with_trades_;
  Decoder decoder_;
};

bool is_symbol(std::string_view text) {
  const std::string_view base = text.substr(0, text.find('/'));
  return base.size() < text.size() && is_name(text, Letters::any, "/.-") &&
         is_name(base, Letters::any, ".-") &&
         is_name(text.substr(base.size() + 1), Letters::any, ".-");
}

bool recognizes(std::string_view frame) {
  constexpr std::array<std::string_view, 8> channels{
      R"("channel":"book")", R"("channel":"trade")", R"("channel":"status")",
      R"("channel":"heartbeat")",
      // the first version
      R"("channelName":"book-)", R"(,"book-)", R"("channelName":"trade")", R"(,"trade",)"};
  return std::any_of(channels.begin(), channels.end(), [&](std::string_view channel) {
    return frame.find(channel) != std::string_view::npos;
  });
}

}  // namespace

Venue spot() {
  return {.name = "kraken",
          .live_url = "wss://ws.kraken.com/v2",
          .testnet_url = "wss://beta-ws.kraken.com/v2",
          .live_http_url = "https://api.kraken.com",
          .default_symbol = "BTC/USD",
          .levels_max = [](std::size_t /*symbols*/) { return windows.back(); },
          .keepalive = Keepalive{.text = R"({"method":"ping"})", .every = std::chrono::seconds{30}},
          // A heartbeat comes each second.
          .silence = {.connection = std::chrono::seconds{3}, .symbol = std::chrono::seconds{120}},
          .facts = {.channel = "book (v2)",
                    .depth = "the smallest of 10, 25, 100, 500, 1,000 that holds --depth",
                    .snapshot = "by the socket",
                    .proof = "checksum of the best ten after each change",
                    .region = "none known",
                    .archives = "captures of v2 and of v1 (XBT/USD); Tardis",
                    .trades = "trade (v2)"},
          .make_protocol = make_protocol<SpotProtocol>,
          .is_symbol = is_symbol,
          .recognizes = recognizes,
          .listing = &spot_listing()};
}

}  // namespace obkit::feed::kraken

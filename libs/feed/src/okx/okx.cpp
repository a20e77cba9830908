#include "okx.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "../best_levels.hpp"
#include "../json/json_value.hpp"
#include "../symbol_name.hpp"
#include "../trade_list.hpp"
#include "books.hpp"

namespace obkit::feed::okx {
namespace {

using simdjson::ondemand::value;

/// The best level of each side has the numbers of the books.
constexpr std::string_view book_channel = "books", best_channel = "bbo-tbt";
constexpr std::string_view trade_channel = "trades";

std::string argument(std::string_view channel, const std::string& symbol) {
  return std::string{R"({"channel":")"}
      .append(channel)
      .append(R"(","instId":")")
      .append(symbol)
      .append(R"("})");
}

std::string request(std::string_view operation, const std::string& arguments) {
  return std::string{R"({"op":")"}.append(operation).append(R"(","args":[)").append(arguments) +
         "]}";
}

/// What is on the top of a message, whatever the order, but for a book's data. Texts are valid
/// until the next message.
struct Message {
  std::string_view event, action, channel, symbol, code, text;
  bool has_data = false, is_read = false;

  [[nodiscard]] bool is_book() const { return is_book_channel(channel); }
  [[nodiscard]] bool is_witness() const { return channel == best_channel; }
  /// The other one, of captures, has a row for each fill.
  [[nodiscard]] bool is_trades() const {
    return channel == trade_channel || channel == "trades-all";
  }
};

/// Lenient: what has another type than it should is as good as absent.
void read_key(std::string_view key, value content, Message& message) {
  if (key == "event") message.event = text_of(content);
  if (key == "action") message.action = text_of(content);
  if (key == "code") message.code = text_of(content);
  if (key == "msg") message.text = text_of(content);
  if (key == "data") message.has_data = true;
  if (key != "arg") return;
  for_each_field(content, [&](std::string_view part, value inner) {
    if (part == "channel") message.channel = text_of(inner);
    if (part == "instId") message.symbol = text_of(inner);
  });
}

struct TradeData {
  TradeRow row;
  std::optional<std::int64_t> number;  ///< in the order of the books
};

/// A row of one taker and price has the id of its last fill. The source 1 is an order that the
/// books leave out.
TradeData read_trade(value content) {
  TradeData trade{.row = {.symbol = {}}, .number = {}};
  TradeRow& row = trade.row;
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "instId") row.symbol = part.get_string();
    if (key == "tradeId") row.id = part.get_string();
    if (key == "px") row.price = price_of_text(part, row.lost);
    if (key == "sz") row.size = size_of_text(part);
    if (key == "side") row.aggressor = aggressor_of(part.get_string(), "buy", "sell");
    if (key == "ts") row.time = time_of_milliseconds(part.get_uint64_in_string());
    if (key == "count") row.fills = part.get_uint64_in_string();
    if (key == "source" && text_of(part) == "1") row.off = "elp";
    if (key == "seqId") trade.number = part.get_int64().value();
  }
  row.number = number_of_id(row.id);
  return trade;
}

/// Whether a refusal is nobody's fault and will be over some time: too many requests, overload.
bool passes(int code) {
  constexpr std::array temporary{50001, 50004, 50011, 50013, 50026, 60014};
  return std::find(temporary.begin(), temporary.end(), code) != temporary.end();
}

/// `… channel:books,instId:NOPE-USDT doesn't exist. …`; empty for any other text.
std::string_view unknown_symbol(std::string_view text) {
  constexpr std::string_view mark = "instId:";
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + mark.size());
  const std::size_t end = text.find(" doesn't exist");
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end);
}

/// Messages in, frames out.
class Decoder {
 public:
  Decoder(const std::vector<std::string>& symbols, bool with_trades)
      : with_trades_{with_trades}, books_{symbols} {}

  /// A connection begins.
  void open() {
    books_.open();
    best_levels_.clear();
  }

  /// What brings a witness of the symbol's book, where it has one.
  [[nodiscard]] std::vector<Request> check(const std::string& symbol) {
    return books_.has_book(symbol) ? best_levels_.follow(symbol) : std::vector<Request>{};
  }

  const Frame& decode(std::string_view text) {
    read_frame(frame_, [&] {
      if (text == "pong")
        frame_.kind = Frame::Kind::pong;
      else
        read(text);
    });
    return frame_;
  }

 private:
  void read(std::string_view text) {
    auto document = json_.read(text);
    message_ = {};
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      const bool has_told = message_.is_witness() || message_.is_trades() ||
                            (message_.is_book() && !message_.action.empty());
      if (key == "data" && has_told)
        read_data(content);
      else
        read_key(key, content, message_);
    }
    JsonMessage::expect_end(document);
    if (!message_.event.empty() && message_.is_read) throw BadFrame{"an event with data"};
    const bool wants_data = message_.is_book() || message_.is_witness() || message_.is_trades();
    if (!message_.event.empty() || !wants_data) return tell_event();
    if (!message_.is_read) read_late(document);
  }

  /// What is read has changed the books already: it must be told.
  void read_data(value data) {
    if (message_.is_read) throw BadFrame{"data twice"};
    if (message_.is_trades()) return read_trades(data);
    const auto updates = message_.is_witness() ? books_.read_witnesses(message_.symbol, data)
                                               : books_.read(message_.channel, message_.symbol,
                                                             message_.action, data);
    message_.is_read = true;
    if (updates.empty()) return;
    if (message_.is_witness()) best_levels_.hear(updates.front().symbol, frame_.replies);
    frame_.kind = Frame::Kind::book;
    frame_.updates = updates;
  }

  void read_trades(value data) {
    message_.is_read = true;
    if (!with_trades_) return;
    trades_.clear();
    for (auto content : data.get_array()) {
      const TradeData trade = read_trade(content.value());
      if (books_.takes({.channel = message_.channel,
                        .symbol = trade.row.symbol,
                        .number = trade.number,
                        .time = trade.row.time}))
        trades_.add(trade.row);
    }
    if (trades_.all().empty()) return;
    frame_.kind = Frame::Kind::trades;
    frame_.trades = trades_.all();
  }

  /// Channel and action stand first; an order of keys is no promise, though.
  void read_late(simdjson::ondemand::document& document) {
    if (!message_.has_data) throw BadFrame{"a channel without data"};
    const std::string channel{message_.channel}, symbol{message_.symbol}, action{message_.action};
    document.rewind();  // which overwrites the texts
    message_.channel = channel;
    message_.symbol = symbol;
    message_.action = action;
    read_data(document.find_field_unordered("data"));
  }

  void tell_event() {
    if (message_.event == "error") return tell_refusal();
    constexpr std::string_view closes_soon = "64008";
    if (message_.event == "notice" && message_.code == closes_soon) frame_.ends = message_.text;
    if (message_.event != "subscribe" || !message_.is_book()) return;
    frame_.kind = Frame::Kind::subscribed;
    frame_.text = message_.symbol;
  }

  void tell_refusal() {
    const bool is_of_witness = message_.text.find(best_channel) != std::string_view::npos;
    if (is_of_witness) return best_levels_.refuse();
    frame_.kind = Frame::Kind::refused;
    frame_.text = message_.text;
    const std::string_view code = message_.code;
    std::from_chars(code.data(), code.data() + code.size(), frame_.status);
    frame_.passes = passes(frame_.status);
    frame_.symbol = unknown_symbol(message_.text);
  }

  bool with_trades_;
  JsonMessage json_;
  Message message_;
  Books books_;
  TradeList trades_;
  BestLevels best_levels_{[](std::string_view operation, const std::string& symbol) {
    return request(operation, argument(best_channel, symbol));
  }};
  Frame frame_;
};

/// A request has 64 KiB, with some room for its other parts.
constexpr std::size_t argument_bytes = 60'000;

class OkxProtocol final : public Protocol {
 public:
  explicit OkxProtocol(Subscription subscription)
      : symbols_{std::move(subscription.symbols)},
        with_trades_{subscription.with_trades},
        decoder_{symbols_, with_trades_} {}

  std::vector<Request> open() override {
    decoder_.open();
    std::vector<Request> requests;
    std::string arguments;
    const auto flush = [&] {
      if (!arguments.empty()) requests.emplace_back(request("subscribe", arguments));
      arguments.clear();
    };
    const auto add = [&](const std::string& one) {
      if (arguments.size() + one.size() > argument_bytes) flush();
      if (!arguments.empty()) arguments += ',';
      arguments += one;
    };
    for (const std::string& symbol : symbols_) {
      add(argument(book_channel, symbol));
      if (with_trades_) add(argument(trade_channel, symbol));
    }
    flush();
    return requests;
  }

  const Frame& decode(std::string_view text) override { return decoder_.decode(text); }

  std::vector<Request> refresh(const std::string& symbol) override {
    const std::string one = argument(book_channel, symbol);
    return {request("unsubscribe", one), request("subscribe", one)};
  }

  std::vector<Request> check(const std::string& symbol) override { return decoder_.check(symbol); }

 private:
  std::vector<std::string> symbols_;
  bool with_trades_;
  Decoder decoder_;
};

/// 480 requests an hour may be sent on a connection. A check takes two; some are left for books
/// that are fetched anew.
constexpr std::chrono::seconds check_pace{20};

bool is_symbol(std::string_view text) { return is_name(text, Letters::any, "-_"); }

bool recognizes(std::string_view frame) {
  return frame.find(R"("instId")") != std::string_view::npos &&
         frame.find(R"("channel")") != std::string_view::npos;
}

}  // namespace

Venue venue() {
  return {.name = "okx",
          .live_url = "wss://ws.okx.com:8443/ws/v5/public",
          .testnet_url = "wss://wspap.okx.com:8443/ws/v5/public",
          .live_http_url = "https://www.okx.com",
          .default_symbol = "BTC-USDT",
          .symbols_max = 29,              // "less than 30" channels, it advises
          .symbols_with_trades_max = 14,  // and one for bbo-tbt
          .levels_max = [](std::size_t /*symbols*/) { return std::size_t{400}; },
          .connect_pace = std::chrono::milliseconds{334},  // 3 a second
          .keepalive = Keepalive{.text = "ping", .every = std::chrono::seconds{20}},
          // A book without a change is said to have none after about a minute.
          .silence = {.symbol = std::chrono::seconds{90}},
          .check_pace = check_pace,
          .facts = {.channel = "books",
                    .depth = "400",
                    .snapshot = "by the socket",
                    .proof = "each change names the one before; bbo-tbt each minute; checksum "
                             "until 2026-06",
                    .region = "own hosts for US, AU, EEA (--url)",
                    .archives = "captures; Tardis; OKX's daily L2 tar",
                    .trades = "trades",
                    .ends = "announced by notice 64008: no gap"},
          .make_protocol = make_protocol<OkxProtocol>,
          .is_symbol = is_symbol,
          .recognizes = recognizes,
          .listing = &listing()};
}

}  // namespace obkit::feed::okx

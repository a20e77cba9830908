#include "deribit.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "../json/json_value.hpp"
#include "../number_chain.hpp"
#include "../symbol_name.hpp"
#include "../trade_list.hpp"
#include "book_data.hpp"

namespace obkit::feed::deribit {
namespace {

using simdjson::ondemand::value;

/// The parts of a JSON-RPC message that matter, whatever their order, but for a book's data.
struct Message {
  std::string method, channel, type, error;
  std::string channels;  ///< a result that is a list of texts, with commas between
  int code = 0;          ///< of an error
  bool has_error = false, has_data = false, has_channels = false;
};

int code_of(value content) {
  constexpr std::int64_t largest = 1'000'000;
  std::int64_t code = 0;
  if (content.get_int64().get(code) != simdjson::SUCCESS) return 0;
  return static_cast<int>(std::clamp(code, -largest, largest));
}

void read_error(value content, Message& message) {
  message.has_error = true;
  for_each_field(content, [&](std::string_view key, value part) {
    if (key == "message") message.error = text_of(part);
    if (key == "code") message.code = code_of(part);
  });
}

void read_result(value content, Message& message) {
  simdjson::ondemand::array list;
  if (content.get_array().get(list) != simdjson::SUCCESS) return;
  message.has_channels = true;
  for (auto one : list)
    message.channels.append(message.channels.empty() ? "" : ",").append(text_of(one.value()));
}

/// `trades.INSTRUMENT.INTERVAL`, or of all instruments of a kind.
bool is_trade_channel(std::string_view channel) { return channel.starts_with("trades."); }

/// Blocks and legs of combos are traded at prices of their own. A liquidation meets the book as any
/// other order does.
TradeRow read_trade(value content) {
  TradeRow row{.symbol = {}};
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "timestamp") row.time = time_of_milliseconds(part.get_uint64());
    if (key == "instrument_name") row.symbol = part.get_string();
    if (key == "direction") row.aggressor = aggressor_of(part.get_string(), "buy", "sell");
    if (key == "amount") row.size = size_of(part);
    if (key == "price") row.price = price_of(part, row.lost);
    if (key == "trade_id") row.id = text_of(part);
    if (key == "trade_seq") row.number = whole_number_of(part);
    const bool is_combo = key == "combo_id" || key == "combo_trade_id";
    if (is_combo && row.off.empty() && !part.is_null()) row.off = "combo";
    if (key == "block_trade_id" && !part.is_null()) row.off = "block";
  }
  return row;
}

/// Takes over one key of a message, but for `params`. Lenient: what has another type than it should
/// is as good as absent.
void read_key(std::string_view key, value content, Message& message) {
  if (key == "method") message.method = text_of(content);
  if (key == "result") read_result(content, message);
  if (key == "error") read_error(content, message);
}

/// Whether an error is nobody's fault and will be over some time: too many requests, maintenance.
bool passes(int code) {
  constexpr int too_many_requests = 10028;
  constexpr int temporarily_unavailable = 11095;
  constexpr int system_maintenance = 11051;
  constexpr int unsubscribed_by_error = 11052;
  return code == too_many_requests || code == temporarily_unavailable ||
         code == system_maintenance || code == unsubscribed_by_error;
}

/// Messages in, frames out. Remembers the numbers of the books, not what was asked.
class Decoder {
 public:
  explicit Decoder(bool with_trades) : with_trades_{with_trades} {}

  /// A connection begins.
  void open() { chain_.clear(); }

  const Frame& decode(std::string_view text) {
    read_frame(frame_, [&] {
      if (compact_.read(text, book_))
        tell_book();
      else
        read(text);
    });
    return frame_;
  }

  /// A witness, where the answer has one; nobody waits for it.
  const Frame& decode_answer(const HttpAnswer& answer) {
    read_frame(frame_, [&] {
      auto document = json_.read(answer.body);
      read_witness(document.find_field_unordered("result"), witness_);
      frame_.kind = Frame::Kind::book;
      frame_.updates = {&witness_, 1};
    });
    if (frame_.kind == Frame::Kind::malformed) frame_.clear();
    return frame_;
  }

 private:
  void read(std::string_view text) {
    auto document = json_.read(text);
    message_ = {};
    book_is_read_ = trades_are_read_ = false;
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      if (key == "params") {
        for_each_field(content,
                       [&](std::string_view part, value inner) { read_parameter(part, inner); });
      } else {
        read_key(key, content, message_);
      }
    }
    JsonMessage::expect_end(document);
    if (message_.has_data && !book_is_read_ && !trades_are_read_) read_late(document);
    tell();
  }

  void read_parameter(std::string_view key, value content) {
    if (key == "channel") message_.channel = text_of(content);
    if (key == "type") message_.type = text_of(content);
    if (key != "data") return;
    message_.has_data = true;
    // The channel is named first; an order of keys is no promise, though.
    if (wants_data()) read_data(content);
  }

  [[nodiscard]] bool wants_data() const {
    return !instrument_of(message_.channel).empty() ||
           (with_trades_ && is_trade_channel(message_.channel));
  }

  void read_data(value data) {
    if (const auto instrument = instrument_of(message_.channel); !instrument.empty()) {
      read_book(data, instrument, book_);
      book_is_read_ = true;
      return;
    }
    trades_.clear();
    for (auto row : data.get_array()) trades_.add(read_trade(row.value()));
    trades_are_read_ = true;
  }

  void read_late(simdjson::ondemand::document& document) {
    if (!wants_data()) return;
    document.rewind();
    value parameters = document.find_field_unordered("params");
    read_data(parameters.find_field_unordered("data"));
  }

  void tell() {
    if (book_is_read_) {
      tell_book();
    } else if (trades_are_read_) {
      tell_trades();
    } else if (message_.has_error) {
      frame_.kind = Frame::Kind::refused;
      frame_.text = message_.error;
      frame_.status = message_.code;
      frame_.passes = passes(message_.code);
    } else if (message_.method == "heartbeat" && message_.type == "test_request") {
      frame_.replies.emplace_back(R"({"jsonrpc":"2.0","id":3,"method":"public/test","params":{}})");
    } else if (message_.has_channels) {
      frame_.kind = Frame::Kind::subscribed;
      frame_.text = message_.channels;
    }
  }

  void tell_book() {
    chain_.check(book_.update, book_.number, book_.previous);
    frame_.kind = Frame::Kind::book;
    frame_.updates = {&book_.update, 1};
  }

  void tell_trades() {
    if (trades_.all().empty()) return;
    frame_.kind = Frame::Kind::trades;
    frame_.trades = trades_.all();
  }

  bool with_trades_;
  JsonMessage json_;
  CompactBook compact_;
  Message message_;
  BookData book_;
  BookUpdate witness_;
  NumberChain chain_;
  TradeList trades_;
  bool book_is_read_ = false, trades_are_read_ = false;
  Frame frame_;
};

/// The exchange suggests no more.
constexpr std::size_t channels_per_request = 500;
constexpr int heartbeat_seconds = 30;

const std::string order_book_page = "/api/v2/public/get_order_book";

/// What may be asked for: the smallest that holds so many levels.
std::size_t depth_for(std::size_t levels) {
  constexpr std::array<std::size_t, 8> depths{1, 5, 10, 20, 50, 100, 1000, 10000};
  const auto found = std::lower_bound(depths.begin(), depths.end(), levels);
  return found == depths.end() ? depths.back() : *found;
}

std::string channel_of(const std::string& symbol) { return "book." + symbol + ".100ms"; }
std::string trade_channel_of(const std::string& symbol) { return "trades." + symbol + ".100ms"; }

class DeribitProtocol final : public Protocol {
 public:
  explicit DeribitProtocol(Subscription subscription)
      : symbols_{std::move(subscription.symbols)},
        levels_{subscription.levels},
        with_trades_{subscription.with_trades},
        decoder_{with_trades_} {}

  std::vector<Request> open() override {
    std::vector<Request> requests{
        request("public/set_heartbeat", R"("interval":)" + std::to_string(heartbeat_seconds))};
    decoder_.open();
    unacknowledged_.clear();
    const std::size_t symbols_per_request = channels_per_request / (with_trades_ ? 2 : 1);
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      if (i % symbols_per_request == 0) unacknowledged_.emplace_back();
      unacknowledged_.back().push_back(symbols_[i]);
    }
    for (const auto& group : unacknowledged_) {
      std::vector<std::string> channels = book_channels(group);
      for (std::size_t i = 0; with_trades_ && i < group.size(); ++i)
        channels.push_back(trade_channel_of(group[i]));
      requests.push_back(channels_request("public/subscribe", channels));
    }
    return requests;
  }

  const Frame& decode(std::string_view text) override {
    const Frame& frame = decoder_.decode(text);
    return frame.kind == Frame::Kind::subscribed ? check(frame) : frame;
  }

  std::vector<Request> refresh(const std::string& symbol) override {
    return {channels_request("public/unsubscribe", book_channels({symbol})),
            channels_request("public/subscribe", book_channels({symbol}))};
  }

  std::vector<Request> check(const std::string& symbol) override {
    return {HttpGet{order_book_page + "?instrument_name=" + symbol +
                    "&depth=" + std::to_string(depth_for(levels_))}};
  }

  const Frame& decode_answer(const HttpAnswer& answer) override {
    return decoder_.decode_answer(answer);
  }

 private:
  /// An acknowledgement silently leaves out what the exchange does not have.
  const Frame& check(const Frame& frame) {
    if (unacknowledged_.empty()) return frame;
    refusal_.clear();
    const std::string list = "," + frame.text + ",";
    const std::vector<std::string> asked = std::move(unacknowledged_.front());
    unacknowledged_.pop_front();
    for (const std::string& symbol : asked)
      if (list.find("," + channel_of(symbol) + ",") == std::string::npos)
        refusal_.text.append(refusal_.text.empty() ? "no such instrument: " : ", ").append(symbol);
    if (refusal_.text.empty()) return frame;
    refusal_.kind = Frame::Kind::refused;
    return refusal_;
  }

  std::string request(const std::string& method, const std::string& parameters) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(++id_) + R"(,"method":")" + method +
           R"(","params":{)" + parameters + "}}";
  }

  static std::vector<std::string> book_channels(const std::vector<std::string>& symbols) {
    std::vector<std::string> channels;
    channels.reserve(symbols.size());
    for (const std::string& symbol : symbols) channels.push_back(channel_of(symbol));
    return channels;
  }

  std::string channels_request(const std::string& method,
                               const std::vector<std::string>& channels) {
    std::string list;
    for (const std::string& channel : channels)
      list.append(list.empty() ? "\"" : ",\"").append(channel).append("\"");
    return request(method, R"("channels":[)" + list + "]");
  }

  std::vector<std::string> symbols_;
  std::size_t levels_;
  bool with_trades_;
  std::deque<std::vector<std::string>> unacknowledged_;  // answered in this order
  std::uint64_t id_ = 0;
  Decoder decoder_;
  Frame refusal_;
};

bool is_symbol(std::string_view text) { return is_name(text, Letters::any, "_-"); }

bool recognizes(std::string_view frame) {
  return frame.find("\"jsonrpc\"") != std::string_view::npos;
}

}  // namespace

Venue venue() {
  return {.name = "deribit",
          .live_url = "wss://www.deribit.com/ws/api/v2",
          .testnet_url = "wss://test.deribit.com/ws/api/v2",
          .live_http_url = "https://www.deribit.com",
          .testnet_http_url = "https://test.deribit.com",
          .default_symbol = "BTC-PERPETUAL",
          .silence = {.symbol = std::chrono::seconds{300}},  // many options are seldom quoted anew
          .facts = {.channel = "book.SYMBOL.100ms",
                    .depth = "all",
                    .snapshot = "by the socket",
                    .proof = "each change names the one before; REST snapshot each minute",
                    .region = "none known",
                    .archives = "captures; Tardis",
                    .trades = "trades.SYMBOL.100ms"},
          .make_protocol = make_protocol<DeribitProtocol>,
          .is_symbol = is_symbol,
          .recognizes = recognizes,
          .listing = &listing()};
}

}  // namespace obkit::feed::deribit

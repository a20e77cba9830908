#include "okx.hpp"

#include <algorithm>
#include <cassert>

#include <nlohmann/json.hpp>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/rest.hpp"

#include "instrument_list.hpp"
#include "ladder_rows.hpp"

namespace obkit::exchange {
namespace {

using Json = nlohmann::ordered_json;

constexpr int seconds_of_silence = 30;
constexpr std::string_view connection_id = "a4d3ae55";

/// Without zeros at the end: `84102`, `84093.4`.
std::string price_text(Price price) {
  std::string text = to_string(price);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// `["PRICE","SIZE","0","ORDERS"]`
void append_side(std::string& out, const BookFrame& frame, Side side) {
  out += '[';
  for (const Row& row : frame.rows) {
    if (row.side != side) continue;
    const std::int64_t size = shown_size(row);
    out.append(out.back() == '[' ? "[\"" : ",[\"").append(price_text(*row.price)).append("\",\"");
    out.append(std::to_string(size)).append(size == 0 ? R"(","0","0"])" : R"(","0","1"])");
  }
  out += ']';
}

std::string write_frame(const BookFrame& frame, const Channel& channel) {
  const bool is_whole = frame.action == BookAction::partial;
  std::string out = R"({"arg":{"channel":"books","instId":")" + channel.symbol +
                    R"("},"action":")" + (is_whole ? "snapshot" : "update") +
                    R"(","data":[{"asks":)";
  append_side(out, frame, Side::ask);
  out += R"(,"bids":)";
  append_side(out, frame, Side::bid);
  return out + R"(,"ts":")" + milliseconds_text(frame.time) + R"(","checksum":0,"seqId":)" +
         std::to_string(frame.change_id) + R"(,"prevSeqId":)" +
         (is_whole ? "-1" : std::to_string(frame.previous_change_id)) + "}]}";
}

std::string write_best_frame(const BookFrame& best, const Channel& channel) {
  std::string out =
      R"({"arg":{"channel":"bbo-tbt","instId":")" + channel.symbol + R"("},"data":[{"asks":)";
  append_side(out, best, Side::ask);
  out += R"(,"bids":)";
  append_side(out, best, Side::bid);
  return out + R"(,"ts":")" + milliseconds_text(best.time) + R"(","seqId":)" +
         std::to_string(best.change_id) + "}]}";
}

std::string told(std::string_view event, std::string_view message, std::string_view code) {
  return Json{{"event", event}, {"msg", message}, {"code", code}, {"connId", connection_id}}.dump();
}

}  // namespace

/// Of a request, with what is said of all of them.
struct OkxConversation::Argument {
  std::string operation, id, channel, symbol;

  /// A subscription's name.
  [[nodiscard]] std::string topic() const { return channel + ':' + symbol; }

  [[nodiscard]] std::string acknowledgement() const {
    Json json;
    if (!id.empty()) json["id"] = id;
    json["event"] = operation;
    json["arg"] = Json{{"channel", channel}, {"instId", symbol}};
    json["connId"] = connection_id;
    return json.dump();
  }
};

Outcome OkxConversation::receive(std::string_view text, Timestamp now) {
  heard_ = now;
  Outcome outcome;
  if (text == "ping") {
    outcome.replies.emplace_back("pong");
    return outcome;
  }
  const Json json = Json::parse(text, nullptr, false);
  const std::string operation = json.is_object() ? json.value("op", "") : "";
  if (operation != "subscribe" && operation != "unsubscribe") {
    outcome.replies.push_back(
        told("error", "Illegal request: " + std::string{text.substr(0, 100)}, "60012"));
    return outcome;
  }
  for (const Json& one : json.value("args", Json::array())) {
    const Argument argument{operation, json.value("id", ""), one.value("channel", ""),
                            one.value("instId", "")};
    operation == "subscribe" ? subscribe(argument, outcome) : unsubscribe(argument, outcome);
  }
  return outcome;
}

/// Who subscribes again gets one more snapshot.
void OkxConversation::subscribe(const Argument& argument, Outcome& outcome) {
  std::size_t at = 0;
  while (at < channels_.size() && channels_[at].symbol != argument.symbol) ++at;
  const bool is_of_best = argument.channel == "bbo-tbt";
  const bool is_of_trades = argument.channel == "trades";
  const bool is_known = argument.channel == "books" || is_of_best || is_of_trades;
  if (!is_known || at == channels_.size()) {
    outcome.replies.push_back(told("error",
                                   "Subscribe failed, wrong URL or channel:" + argument.channel +
                                       ",instId:" + argument.symbol +
                                       " doesn't exist. Please use the correct URL, channel and "
                                       "parameters referring to API document.",
                                   "60018"));
    return;
  }
  const std::string topic = argument.topic();
  if (const auto known = subscriptions_.find(topic); known != subscriptions_.end())
    outcome.unsubscribed.push_back(known->second);
  outcome.subscribed.push_back({topic, argument.symbol, {at}, is_of_best, is_of_trades});
  subscriptions_.insert_or_assign(topic, outcome.subscribed.back());
  outcome.replies.push_back(argument.acknowledgement());
}

void OkxConversation::unsubscribe(const Argument& argument, Outcome& outcome) {
  outcome.replies.push_back(argument.acknowledgement());
  const auto known = subscriptions_.find(argument.topic());
  if (known == subscriptions_.end()) return;
  outcome.unsubscribed.push_back(known->second);
  subscriptions_.erase(known);
}

std::optional<Timestamp> OkxConversation::due() const {
  if (!heard_) return std::nullopt;
  return *heard_ + seconds_of_silence * second_;
}

Outcome OkxConversation::on_time(Timestamp now) {
  constexpr std::uint16_t no_data = 4004;
  Outcome outcome;
  if (!heard_ || now < *due()) return outcome;
  outcome.close = Closing{no_data, "No data received in 30s."};
  heard_.reset();
  return outcome;
}

Outcome OkxConversation::complain(const Injection& injection, Timestamp /*now*/) const {
  constexpr std::uint16_t upgrade = 4008;
  Outcome outcome;
  if (injection.fault == Fault::maintenance) {
    const std::string notice = "The connection will soon be closed for a service upgrade.";
    outcome.replies.push_back(told("notice", notice, "64008"));
    constexpr int seconds_of_notice = 60;
    outcome.close = Closing{upgrade, "service upgrade", seconds_of_notice * second_};
  } else if (injection.fault == Fault::too_many_requests) {
    outcome.replies.push_back(told("error", "Requests too frequent", "60014"));
  } else {
    outcome.replies.push_back(told("error", injection.reason, "60012"));
  }
  return outcome;
}

std::unique_ptr<Conversation> OkxProtocol::converse(const std::vector<Channel>& channels,
                                                    const ConversationOptions& options) const {
  return std::make_unique<OkxConversation>(channels, options.second);
}

std::string OkxProtocol::subscribe_request(const Channel& channel) const {
  return R"({"op":"subscribe","args":[{"channel":"books","instId":")" + channel.symbol + R"("}]})";
}

std::string OkxProtocol::trades_request(const std::string& symbol) const {
  return R"({"op":"subscribe","args":[{"channel":"trades","instId":")" + symbol + R"("}]})";
}

BookFrame OkxProtocol::image(std::size_t channel, const TrueBook& book, Timestamp) const {
  return ladder_image(channel, book);
}

std::string OkxProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_frame(frame, channel);
}

std::string OkxProtocol::write_partial(const std::vector<BookFrame>& images,
                                       const std::vector<Channel>& channels,
                                       std::string_view) const {
  assert(images.size() == 1 && channels.size() == 1);
  return write_frame(images.front(), channels.front());
}

std::string OkxProtocol::write_best(const TrueBook& book, const Channel& channel) const {
  return write_best_frame(best_image(book), channel);
}

std::vector<BookFrame> OkxProtocol::with(const BookFrame& frame, BookAction action, Row row) const {
  return {with_row(frame, action, row)};
}

namespace {

/// Coins, and contracts of 0.01 coins or of 100 dollars.
Json instrument_row(const Instrument& one, const CurrencyPair& pair, const std::string& tick) {
  const bool is_swap = one.symbol.ends_with("-SWAP"), is_inverse = pair.quote == "USD";
  return {{"instType", is_swap ? "SWAP" : "SPOT"},
          {"instId", one.symbol},
          {"baseCcy", is_swap ? "" : pair.base},
          {"quoteCcy", is_swap ? "" : pair.quote},
          {"ctMult", is_swap ? "1" : ""},
          {"ctVal", !is_swap     ? ""
                    : is_inverse ? "100"
                                 : "0.01"},
          {"ctValCcy", !is_swap     ? ""
                       : is_inverse ? pair.quote
                                    : pair.base},
          {"state", "live"},
          {"tickSz", tick}};
}

}  // namespace

RestAnswer OkxProtocol::answer_get(const Exchange& exchange, std::string_view text) const {
  const Target target{text};
  if (target.path != "/api/v5/public/instruments") return Protocol::answer_get(exchange, text);
  Json list = list_instruments(exchange, instrument_row);
  const std::string type = target.value("instType");
  list.erase(std::remove_if(list.begin(), list.end(),
                            [&](const Json& one) { return one.at("instType") != type; }),
             list.end());
  return {200, Json{{"code", "0"}, {"data", list}, {"msg", ""}}.dump()};
}

std::string OkxProtocol::large_message(std::size_t size) const {
  std::string out = R"({"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[)";
  out.reserve(size + 64);
  while (out.size() < size) out += R"({"instId":"BTC-USDT","last":"84093.4","lastSz":"1"},)";
  out.back() = ']';
  return out + '}';
}

std::optional<CapturedFrame> OkxProtocol::parse(std::string_view text,
                                                Timestamp /*received*/) const {
  if (text.find(R"("channel":"books")") == std::string_view::npos) return std::nullopt;
  const Json json = Json::parse(text);
  if (!json.contains("action")) return std::nullopt;
  const Json& data = json.at("data").at(0);
  CapturedFrame out;
  out.symbol = json.at("arg").at("instId");
  BookFrame& frame = out.frame;
  frame.action = json.at("action") == "snapshot" ? BookAction::partial : BookAction::change;
  frame.time = Timestamp{std::chrono::milliseconds{std::stoll(data.at("ts").get<std::string>())}};
  frame.text = text;
  frame.change_id = data.at("seqId");
  if (frame.action == BookAction::change) frame.previous_change_id = data.at("prevSeqId");
  for (const Side side : {Side::bid, Side::ask})
    for (const Json& row : data.at(side == Side::bid ? "bids" : "asks"))
      frame.rows.push_back(captured_row(side, row.at(0), row.at(1), frame.time));
  return out;
}

}  // namespace obkit::exchange

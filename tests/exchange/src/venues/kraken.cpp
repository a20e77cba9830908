#include "kraken.hpp"

#include <algorithm>
#include <cassert>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/rest.hpp"

#include "instrument_list.hpp"
#include "ladder_rows.hpp"

namespace obkit::exchange {
namespace {

using Json = nlohmann::ordered_json;

constexpr int seconds_of_silence = 60;
constexpr std::string_view moment = "2026-08-18T20:43:55.546900Z";

/// As a pair of one decimal has it: `64416.0`.
std::string price_text(Price price) {
  constexpr std::int64_t per_tenth = Price::units_per_one / 10;
  std::string tenths = std::to_string(price.units() / per_tenth);
  if (tenths.size() < 2) tenths.insert(0, 2 - tenths.size(), '0');
  return tenths.insert(tenths.size() - 1, ".");
}

std::string size_text(std::int64_t size) { return std::to_string(size) + ".00000000"; }

void append_side(std::string& out, const BookFrame& frame, Side side) {
  out += '[';
  for (const Row& row : frame.rows) {
    if (row.side != side || row.left_window) continue;
    out.append(out.back() == '[' ? R"({"price":)" : R"(,{"price":)").append(price_text(*row.price));
    out.append(R"(,"qty":)").append(size_text(shown_size(row))) += '}';
  }
  out += ']';
}

/// The digits of a number, without the zeros before them.
std::string digits_of(std::string number) {
  std::erase(number, '.');
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

/// CRC-32 of the digits of asks, then of bids, the best first.
std::uint32_t crc_of(const std::vector<TrueBook::PriceLevel>& asks,
                     const std::vector<TrueBook::PriceLevel>& bids) {
  std::string text;
  for (const auto* side : {&asks, &bids})
    for (const auto& level : *side)
      text += digits_of(price_text(level.price)) + digits_of(size_text(level.size));
  const auto* const bytes = reinterpret_cast<const Bytef*>(text.data());  // NOLINT: zlib's type
  return static_cast<std::uint32_t>(::crc32(0, bytes, static_cast<uInt>(text.size())));
}

/// Of a partial, by what is in it.
std::uint32_t own_checksum(const BookFrame& frame) {
  TrueBook book;
  book.apply(frame);
  return KrakenProtocol{}.checksum(book);
}

std::string write_frame(const BookFrame& frame, const Channel& channel) {
  const bool is_whole = frame.action == BookAction::partial;
  std::string out = std::string{R"({"channel":"book","type":")"} +
                    (is_whole ? "snapshot" : "update") + R"(","data":[{"symbol":")" +
                    channel.symbol + R"(","bids":)";
  append_side(out, frame, Side::bid);
  out += R"(,"asks":)";
  append_side(out, frame, Side::ask);
  return out + R"(,"checksum":)" + std::to_string(is_whole ? own_checksum(frame) : frame.checksum) +
         R"(,"timestamp":")" + format_iso(frame.time, 6) + R"("}]})";
}

Json answer(std::string_view method, bool success) {
  return {{"method", method}, {"success", success}, {"time_in", moment}, {"time_out", moment}};
}

std::string refusal(const std::string& error, const std::string& symbol = {}) {
  Json json = answer("subscribe", false);
  json["error"] = error;
  if (!symbol.empty()) json["symbol"] = symbol;
  return json.dump();
}

std::string acknowledgement(std::string_view method, const std::string& symbol, bool is_of_trades) {
  Json json = answer(method, true);
  json["result"] =
      is_of_trades
          ? Json{{"channel", "trade"}, {"snapshot", false}, {"symbol", symbol}}
          : Json{{"channel", "book"}, {"depth", KrakenProtocol::depth}, {"symbol", symbol}};
  return json.dump();
}

std::string status(std::string_view system) {
  return R"({"channel":"status","type":"update","data":[{"version":"2.0.10","system":")" +
         std::string{system} + R"(","api_version":"v2","connection_id":6437862339878838704}]})";
}

}  // namespace

Outcome KrakenConversation::open(const Opening& /*opening*/) {
  Outcome outcome;
  outcome.replies.push_back(status("online"));
  return outcome;
}

Outcome KrakenConversation::receive(std::string_view text, Timestamp now) {
  if (!heard_) beat_ = now + second_;
  heard_ = now;
  Outcome outcome;
  const Json json = Json::parse(text, nullptr, false);
  const std::string method = json.is_object() ? json.value("method", "") : "";
  const Json params = json.is_object() ? json.value("params", Json::object()) : Json::object();
  if (method == "ping")
    outcome.replies.push_back(answer("pong", true).dump());
  else if (method != "subscribe" && method != "unsubscribe")
    outcome.replies.push_back(refusal("Malformed request"));
  else if (params.value("channel", "") == "trade")
    for (const Json& symbol : params.value("symbol", Json::array()))
      change({symbol, true}, method == "subscribe", outcome);
  else if (params.value("channel", "") != "book")
    outcome.replies.push_back(refusal("Unsupported channel"));
  else if (params.value("depth", KrakenProtocol::depth) != KrakenProtocol::depth)
    outcome.replies.push_back(refusal("Subscription depth not supported"));
  else
    for (const Json& symbol : params.value("symbol", Json::array()))
      change({symbol, false}, method == "subscribe", outcome);
  return outcome;
}

void KrakenConversation::change(const Topic& topic, bool begins, Outcome& outcome) {
  begins ? subscribe(topic, outcome) : unsubscribe(topic, outcome);
}

void KrakenConversation::subscribe(const Topic& topic, Outcome& outcome) {
  const auto& [symbol, is_of_trades] = topic;
  std::size_t at = 0;
  while (at < channels_.size() && channels_[at].symbol != symbol) ++at;
  if (at == channels_.size())
    return outcome.replies.push_back(refusal("Currency pair not supported " + symbol, symbol));
  if (subscriptions_.contains(topic.name()))
    return outcome.replies.push_back(refusal("Already subscribed", symbol));
  outcome.subscribed.push_back({topic.name(), symbol, {at}, false, is_of_trades});
  subscriptions_.emplace(topic.name(), outcome.subscribed.back());
  outcome.replies.push_back(acknowledgement("subscribe", symbol, is_of_trades));
}

void KrakenConversation::unsubscribe(const Topic& topic, Outcome& outcome) {
  const auto known = subscriptions_.find(topic.name());
  if (known == subscriptions_.end())
    return outcome.replies.push_back(refusal("Subscription Not Found", topic.symbol));
  outcome.unsubscribed.push_back(known->second);
  subscriptions_.erase(known);
  outcome.replies.push_back(acknowledgement("unsubscribe", topic.symbol, topic.is_of_trades));
}

std::optional<Timestamp> KrakenConversation::due() const {
  if (!heard_) return std::nullopt;
  return std::min(beat_, *heard_ + seconds_of_silence * second_);
}

Outcome KrakenConversation::on_time(Timestamp now) {
  Outcome outcome;
  if (!heard_ || now < *due()) return outcome;
  if (now >= *heard_ + seconds_of_silence * second_) {
    outcome.close = Closing{};
    heard_.reset();
    return outcome;
  }
  beat_ = now + second_;
  outcome.replies.emplace_back(R"({"channel":"heartbeat"})");
  return outcome;
}

Outcome KrakenConversation::complain(const Injection& injection, Timestamp /*now*/) const {
  Outcome outcome;
  if (injection.fault == Fault::maintenance)
    outcome.replies.push_back(status("maintenance"));
  else if (injection.fault == Fault::too_many_requests)
    outcome.replies.push_back(refusal("Exceeded msg rate: Rate limit"));
  else
    outcome.replies.push_back(refusal(injection.reason));
  return outcome;
}

std::unique_ptr<Conversation> KrakenProtocol::converse(const std::vector<Channel>& channels,
                                                       const ConversationOptions& options) const {
  return std::make_unique<KrakenConversation>(channels, options.second);
}

std::string KrakenProtocol::subscribe_request(const Channel& channel) const {
  return R"({"method":"subscribe","params":{"channel":"book","symbol":[")" + channel.symbol +
         R"("],"depth":)" + std::to_string(depth) + "}}";
}

std::string KrakenProtocol::trades_request(const std::string& symbol) const {
  return R"({"method":"subscribe","params":{"channel":"trade","symbol":[")" + symbol +
         R"("],"snapshot":false}})";
}

BookFrame KrakenProtocol::image(std::size_t channel, const TrueBook& book, Timestamp) const {
  return ladder_image(channel, book);
}

std::string KrakenProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_frame(frame, channel);
}

std::string KrakenProtocol::write_partial(const std::vector<BookFrame>& images,
                                          const std::vector<Channel>& channels,
                                          std::string_view) const {
  assert(images.size() == 1 && channels.size() == 1);
  return write_frame(images.front(), channels.front());
}

std::vector<BookFrame> KrakenProtocol::with(const BookFrame& frame, BookAction action,
                                            Row row) const {
  return {with_row(frame, action, row)};
}

std::uint32_t KrakenProtocol::checksum(const TrueBook& book) const {
  constexpr std::size_t summed = 10;
  return crc_of(book.levels(Side::ask, summed), book.levels(Side::bid, summed));
}

namespace {

/// By the names that pairs had before the sockets' second version.
std::string old_name(const std::string& currency) { return currency == "BTC" ? "XBT" : currency; }

}  // namespace

RestAnswer KrakenProtocol::answer_get(const Exchange& exchange, std::string_view text) const {
  if (Target{text}.path != "/0/public/AssetPairs") return Protocol::answer_get(exchange, text);
  Json pairs = Json::object();
  static_cast<void>(list_instruments(
      exchange, [&](const Instrument&, const CurrencyPair& pair, const std::string& tick) {
        const std::string base = old_name(pair.base), quote = old_name(pair.quote);
        return pairs[base + quote] = Json{{"altname", base + quote},
                                          {"wsname", base + "/" + quote},
                                          {"status", "online"},
                                          {"tick_size", tick}};
      }));
  return {200, Json{{"error", Json::array()}, {"result", pairs}}.dump()};
}

std::string KrakenProtocol::large_message(std::size_t size) const {
  std::string out = R"({"channel":"ticker","type":"update","data":[)";
  out.reserve(size + 64);
  while (out.size() < size) out += R"({"symbol":"BTC/USD","last":64416.1,"volume":2.5},)";
  out.back() = ']';
  return out + '}';
}

}  // namespace obkit::exchange

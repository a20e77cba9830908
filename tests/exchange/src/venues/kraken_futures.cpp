#include "kraken_futures.hpp"

#include <cassert>

#include <nlohmann/json.hpp>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/rest.hpp"

#include "instrument_list.hpp"
#include "ladder_rows.hpp"

namespace obkit::exchange {
namespace {

using Json = nlohmann::ordered_json;

std::string size_text(const Row& row) { return std::to_string(shown_size(row)) + ".0"; }

std::string write_change(const BookFrame& frame, const Channel& channel) {
  assert(frame.rows.size() == 1);
  const Row& row = frame.rows.front();
  return R"({"feed":"book","product_id":")" + channel.symbol + R"(","side":")" +
         (row.side == Side::bid ? "buy" : "sell") + R"(","seq":)" +
         std::to_string(frame.change_id) + R"(,"price":)" + to_string(*row.price) + R"(,"qty":)" +
         size_text(row) + R"(,"timestamp":)" + milliseconds_text(frame.time) + "}";
}

void append_side(std::string& out, const BookFrame& frame, Side side) {
  out += '[';
  for (const Row& row : frame.rows) {
    if (row.side != side) continue;
    out.append(out.back() == '[' ? R"({"price":)" : R"(,{"price":)").append(to_string(*row.price));
    out.append(R"(,"qty":)").append(size_text(row)) += '}';
  }
  out += ']';
}

std::string write_image(const BookFrame& frame, const Channel& channel) {
  std::string out = R"({"feed":"book_snapshot","product_id":")" + channel.symbol +
                    R"(","timestamp":)" + milliseconds_text(frame.time) + R"(,"seq":)" +
                    std::to_string(frame.change_id) + R"(,"tickSize":null,"bids":)";
  append_side(out, frame, Side::bid);
  out += R"(,"asks":)";
  append_side(out, frame, Side::ask);
  return out + "}";
}

std::string told(std::string_view event, std::string_view message) {
  return Json{{"event", event}, {"message", message}}.dump();
}

std::string acknowledgement(std::string_view event, const std::string& feed,
                            const std::string& product) {
  return Json{{"event", event}, {"feed", feed}, {"product_ids", {product}}}.dump();
}

}  // namespace

Outcome KrakenFuturesConversation::open(const Opening& /*opening*/) {
  Outcome outcome;
  outcome.replies.emplace_back(R"({"event":"info","version":1})");
  return outcome;
}

Outcome KrakenFuturesConversation::receive(std::string_view text, Timestamp /*now*/) {
  Outcome outcome;
  const Json json = Json::parse(text, nullptr, false);
  const std::string event = json.is_object() ? json.value("event", "") : "";
  if (event != "subscribe" && event != "unsubscribe")
    outcome.replies.push_back(told("alert", "Bad request"));
  else if (const std::string feed = json.value("feed", ""); feed != "book" && feed != "trade")
    outcome.replies.push_back(told("error", "Invalid feed"));
  else
    for (const Json& product : json.value("product_ids", Json::array()))
      event == "subscribe" ? subscribe(feed, product, outcome)
                           : unsubscribe(feed, product, outcome);
  return outcome;
}

void KrakenFuturesConversation::subscribe(const std::string& feed, const std::string& product,
                                          Outcome& outcome) {
  std::size_t at = 0;
  while (at < channels_.size() && channels_[at].symbol != product) ++at;
  if (at == channels_.size()) return outcome.replies.push_back(told("error", "Unknown product_id"));
  const std::string topic = feed + ':' + product;
  if (subscriptions_.contains(topic))
    return outcome.replies.push_back(told("error", "Already subscribed to feed, re-requesting"));
  outcome.subscribed.push_back({topic, product, {at}, false, feed == "trade"});
  subscriptions_.emplace(topic, outcome.subscribed.back());
  outcome.replies.push_back(acknowledgement("subscribed", feed, product));
}

void KrakenFuturesConversation::unsubscribe(const std::string& feed, const std::string& product,
                                            Outcome& outcome) {
  outcome.replies.push_back(acknowledgement("unsubscribed", feed, product));
  const auto known = subscriptions_.find(feed + ':' + product);
  if (known == subscriptions_.end()) return;
  outcome.unsubscribed.push_back(known->second);
  subscriptions_.erase(known);
}

Outcome KrakenFuturesConversation::complain(const Injection& injection, Timestamp /*now*/) const {
  constexpr std::uint16_t restarts = 1012;
  Outcome outcome;
  if (injection.fault == Fault::maintenance)
    outcome.close = Closing{restarts, "maintenance"};
  else if (injection.fault == Fault::too_many_requests)
    outcome.replies.push_back(told("alert", "Request rate limit exceeded"));
  else
    outcome.replies.push_back(told("error", injection.reason));
  return outcome;
}

std::unique_ptr<Conversation> KrakenFuturesProtocol::converse(
    const std::vector<Channel>& channels, const ConversationOptions& /*options*/) const {
  return std::make_unique<KrakenFuturesConversation>(channels);
}

std::string KrakenFuturesProtocol::subscribe_request(const Channel& channel) const {
  return R"({"event":"subscribe","feed":"book","product_ids":[")" + channel.symbol + R"("]})";
}

std::string KrakenFuturesProtocol::trades_request(const std::string& symbol) const {
  return R"({"event":"subscribe","feed":"trade","product_ids":[")" + symbol + R"("]})";
}

BookFrame KrakenFuturesProtocol::image(std::size_t channel, const TrueBook& book, Timestamp) const {
  return ladder_image(channel, book);
}

std::string KrakenFuturesProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_change(frame, channel);
}

std::string KrakenFuturesProtocol::write_partial(const std::vector<BookFrame>& images,
                                                 const std::vector<Channel>& channels,
                                                 std::string_view) const {
  assert(images.size() == 1 && channels.size() == 1);
  return write_image(images.front(), channels.front());
}

std::vector<BookFrame> KrakenFuturesProtocol::with(const BookFrame& frame, BookAction action,
                                                   Row row) const {
  BookFrame second = frame;
  row.action = action;
  second.rows = {row};
  second.previous_change_id = second.change_id++;
  return {frame, second};
}

RestAnswer KrakenFuturesProtocol::answer_get(const Exchange& exchange,
                                             std::string_view text) const {
  if (Target{text}.path != "/derivatives/api/v3/instruments")
    return Protocol::answer_get(exchange, text);
  const auto row = [](const Instrument& one, const CurrencyPair& pair, const std::string& tick) {
    const bool is_inverse = one.symbol.starts_with("PI_");
    return Json{{"symbol", one.symbol},
                {"type", is_inverse ? "futures_inverse" : "flexible_futures"},
                {"tickSize", Json::parse(tick)},
                {"contractSize", 1},
                {"tradeable", true},
                {"base", pair.base == "XBT" ? "BTC" : pair.base},
                {"quote", pair.quote}};
  };
  return {200,
          Json{{"result", "success"}, {"instruments", list_instruments(exchange, row)}}.dump()};
}

std::string KrakenFuturesProtocol::large_message(std::size_t size) const {
  std::string out = R"({"feed":"ticker_lite","items":[)";
  out.reserve(size + 64);
  while (out.size() < size) out += R"({"product_id":"PF_XBTUSD","bid":64416.0,"ask":64416.5},)";
  out.back() = ']';
  return out + '}';
}

}  // namespace obkit::exchange

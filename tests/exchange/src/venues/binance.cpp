#include "binance.hpp"

#include <algorithm>
#include <cassert>
#include <cctype>
#include <charconv>
#include <chrono>

#include <nlohmann/json.hpp>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/rest.hpp"

#include "instrument_list.hpp"

namespace obkit::exchange {
namespace {

using Json = nlohmann::ordered_json;

std::string stream_of(std::string symbol, std::string_view kind = "@depth@100ms") {
  std::transform(symbol.begin(), symbol.end(), symbol.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return symbol.append(kind);
}

std::string error_text(int code, std::string_view message) {
  return Json{{"code", code}, {"msg", message}}.dump();
}

std::string milliseconds(Timestamp time) {
  return std::to_string(
      std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
}

/// "BTCUSD" of "BTCUSD_PERP".
std::string pair_of(const std::string& symbol) { return symbol.substr(0, symbol.find('_')); }

/// With eight decimals.
std::string padded(std::string number) {
  constexpr std::size_t decimals = 8;
  std::size_t point = number.find('.');
  if (point == std::string::npos) point = number.size(), number += '.';
  number.resize(std::max(number.size(), point + 1 + decimals), '0');
  return number;
}

/// What its limit allows; empty for another one.
std::optional<std::size_t> limit_of(const Target& target, std::size_t most) {
  constexpr std::size_t unless_told = 100;
  const std::string text = target.value("limit");
  if (text.empty()) return unless_told;
  std::size_t limit = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return limit > 0 && limit <= most ? std::optional{limit} : std::nullopt;
}

}  // namespace

Outcome BinanceConversation::receive(std::string_view text, Timestamp /*now*/) {
  Outcome outcome;
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    outcome.replies.push_back(error_text(3, "Invalid JSON"));
    return outcome;
  }
  const std::string method = json.value("method", "");
  if (method != "SUBSCRIBE" && method != "UNSUBSCRIBE") {
    outcome.replies.push_back(error_text(2, "Invalid request: unknown variant " + method));
    return outcome;
  }
  for (const Json& stream : json.value("params", Json::array()))
    method == "SUBSCRIBE" ? subscribe(stream, outcome) : unsubscribe(stream, outcome);
  outcome.replies.push_back(Json{{"result", nullptr}, {"id", json.value("id", 0)}}.dump());
  return outcome;
}

void BinanceConversation::subscribe(const std::string& stream, Outcome& outcome) {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    const bool is_of_trades = stream_of(channels_[i].symbol, "@trade") == stream;
    if (stream_of(channels_[i].symbol) != stream && !is_of_trades) continue;
    const Subscription one{stream, channels_[i].symbol, {i}, false, is_of_trades};
    if (subscriptions_.emplace(stream, one).second) outcome.subscribed.push_back(one);
  }
}

void BinanceConversation::unsubscribe(const std::string& stream, Outcome& outcome) {
  const auto found = subscriptions_.find(stream);
  if (found == subscriptions_.end()) return;
  outcome.unsubscribed.push_back(found->second);
  subscriptions_.erase(found);
}

Outcome BinanceConversation::complain(const Injection& injection, Timestamp now) const {
  constexpr std::uint16_t normal = 1000, policy_violation = 1008;
  constexpr int seconds_of_notice = 300;
  Outcome outcome;
  if (injection.fault == Fault::maintenance) {
    outcome.replies.push_back(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":)" +
                              milliseconds(now) + "}}");
    outcome.close = Closing{normal, "", seconds_of_notice * second_};
  } else if (injection.fault == Fault::too_many_requests) {
    outcome.close = Closing{policy_violation, "Too many requests"};
  } else {
    outcome.replies.push_back(error_text(2, injection.reason));
  }
  return outcome;
}

std::string_view BinanceProtocol::path() const {
  return market_ == BinanceMarket::usdm ? "/public/stream" : "/stream";
}

std::unique_ptr<Conversation> BinanceProtocol::converse(const std::vector<Channel>& channels,
                                                        const ConversationOptions& options) const {
  return std::make_unique<BinanceConversation>(channels, options.second);
}

std::string BinanceProtocol::subscribe_request(const Channel& channel) const {
  return R"({"method":"SUBSCRIBE","params":[")" + stream_of(channel.symbol) + R"("],"id":1})";
}

std::string BinanceProtocol::trades_request(const std::string& symbol) const {
  return R"({"method":"SUBSCRIBE","params":[")" + stream_of(symbol, "@trade") + R"("],"id":2})";
}

BookFrame BinanceProtocol::image(std::size_t channel, const TrueBook& book, Timestamp) const {
  const Timestamp time = std::chrono::floor<std::chrono::milliseconds>(book.time());
  return {channel, BookAction::partial, time, book.rows(), {}, book.change_id()};
}

/// The numbers of USD-M are of the whole exchange: a diff may begin behind the one before.
std::uint64_t BinanceProtocol::first_number(const BookFrame& frame) const {
  const std::uint64_t next = frame.previous_change_id + 1;
  return market_ == BinanceMarket::usdm ? next + (frame.change_id - next) / 2 : next;
}

/// Spot pads its numbers, futures do not.
void BinanceProtocol::append_side(std::string& out, const BookFrame& frame, Side side) const {
  out += '[';
  for (const Row& row : frame.rows) {
    if (row.side != side) continue;
    std::string price = to_string(*row.price), size = std::to_string(row.size.value_or(0));
    if (market_ == BinanceMarket::spot) price = padded(price), size = padded(size);
    out.append(out.back() == '[' ? "[\"" : ",[\"").append(price).append("\",\"");
    out.append(size).append("\"]");
  }
  out += ']';
}

std::string BinanceProtocol::write(const BookFrame& frame, const Channel& channel) const {
  assert(frame.action == BookAction::change);
  const std::string time = milliseconds(frame.time);
  std::string out = R"({"stream":")" + stream_of(channel.symbol);
  out += R"(","data":{"e":"depthUpdate","E":)" + time;
  if (market_ != BinanceMarket::spot) out += R"(,"T":)" + time;
  out += R"(,"s":")" + channel.symbol + '"';
  if (market_ != BinanceMarket::spot) out += R"(,"ps":")" + pair_of(channel.symbol) + '"';
  out += R"(,"U":)" + std::to_string(first_number(frame));
  out += R"(,"u":)" + std::to_string(frame.change_id);
  if (market_ != BinanceMarket::spot) out += R"(,"pu":)" + std::to_string(frame.previous_change_id);
  out += R"(,"b":)";
  append_side(out, frame, Side::bid);
  out += R"(,"a":)";
  append_side(out, frame, Side::ask);
  if (market_ != BinanceMarket::spot)
    out += market_ == BinanceMarket::usdm ? R"(,"st":1)" : R"(,"st":2)";
  return out + "}}";
}

std::string BinanceProtocol::write_partial(const std::vector<BookFrame>& images,
                                           const std::vector<Channel>& channels,
                                           std::string_view) const {
  return write_book(images.front(), channels.front(), images.front().rows.size());
}

std::vector<BookFrame> BinanceProtocol::with(const BookFrame& frame, BookAction action,
                                             Row row) const {
  BookFrame changed = frame;
  changed.text.clear();
  if (action == BookAction::remove) row.size.reset();
  row.action = action;
  changed.rows.push_back(row);
  return {changed};
}

std::string BinanceProtocol::write_book(const BookFrame& image, const Channel& channel,
                                        std::size_t limit) const {
  BookFrame sides{image.channel, BookAction::partial, image.time, {}, {}, image.change_id};
  std::size_t bids = 0, asks = 0;
  for (const Row& row : image.rows)  // by falling price
    if (row.side == Side::bid && bids++ < limit) sides.rows.push_back(row);
  for (auto row = image.rows.rbegin(); row != image.rows.rend(); ++row)
    if (row->side == Side::ask && asks++ < limit) sides.rows.push_back(*row);
  std::string out = R"({"lastUpdateId":)" + std::to_string(image.change_id);
  const std::string time = milliseconds(image.time);
  if (market_ != BinanceMarket::spot) out += R"(,"E":)" + time + R"(,"T":)" + time;
  if (market_ == BinanceMarket::coinm)
    out += R"(,"symbol":")" + channel.symbol + R"(","pair":")" + pair_of(channel.symbol) + '"';
  out += R"(,"bids":)";
  append_side(out, sides, Side::bid);
  out += R"(,"asks":)";
  append_side(out, sides, Side::ask);
  return out + "}";
}

std::string BinanceProtocol::root() const {
  if (market_ == BinanceMarket::spot) return "/api/v3";
  return market_ == BinanceMarket::usdm ? "/fapi/v1" : "/dapi/v1";
}

/// Contracts of COIN-M are of 100 dollars, those of its altcoins of 10.
RestAnswer BinanceProtocol::exchange_info(const Exchange& exchange) const {
  const auto row = [this](const Instrument& one, const CurrencyPair& pair,
                          const std::string& tick) {
    Json out{{"symbol", one.symbol},
             {market_ == BinanceMarket::coinm ? "contractStatus" : "status", "TRADING"},
             {"baseAsset", pair.base},
             {"quoteAsset", pair.quote}};
    if (market_ == BinanceMarket::coinm) out["contractSize"] = pair.base == "BTC" ? 100 : 10;
    out["filters"] =
        Json::array({{{"filterType", "PRICE_FILTER"}, {"tickSize", padded(tick)}},
                     {{"filterType", "LOT_SIZE"}, {"stepSize", std::to_string(one.lot)}}});
    return out;
  };
  return {200, Json{{"timezone", "UTC"}, {"symbols", list_instruments(exchange, row)}}.dump()};
}

std::size_t BinanceProtocol::most_levels() const {
  constexpr std::size_t of_spot = 5000, of_futures = 1000;
  return market_ == BinanceMarket::spot ? of_spot : of_futures;
}

std::string BinanceProtocol::book_target(const std::string& symbol) const {
  return depth_page() + "?symbol=" + symbol + "&limit=" + std::to_string(most_levels());
}

RestAnswer BinanceProtocol::answer_get(const Exchange& exchange, std::string_view text) const {
  const Target target{text};
  if (target.path == root() + "/exchangeInfo") return exchange_info(exchange);
  if (target.path != depth_page()) return {404, ""};
  const auto limit = limit_of(target, most_levels());
  if (!limit) return {400, error_text(-1130, "Data sent for parameter 'limit' is not valid.")};
  const auto& channels = exchange.source().channels();
  for (std::size_t i = 0; i < channels.size(); ++i)
    if (channels[i].symbol == target.value("symbol"))
      return {200, write_book(exchange.image(i), channels[i], *limit)};
  return {400, error_text(-1121, "Invalid symbol.")};
}

std::optional<CapturedFrame> BinanceProtocol::parse(std::string_view /*text*/,
                                                    Timestamp /*received*/) const {
  return std::nullopt;
}

std::string BinanceProtocol::large_message(std::size_t size) const {
  std::string out = R"({"stream":"!ticker@arr","data":[)";
  out.reserve(size + 64);
  while (out.size() < size) out += R"({"e":"24hrTicker","s":"BTCUSDT","c":"0.0025"},)";
  out.back() = ']';
  return out + "}";
}

}  // namespace obkit::exchange

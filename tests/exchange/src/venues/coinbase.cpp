#include "coinbase.hpp"

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

constexpr std::size_t most_books = 30;
constexpr int seconds_without_heartbeats = 90;

/// What each message begins with, and ends with `]}`.
std::string envelope(std::string_view channel, Timestamp now) {
  return std::string{R"({"channel":")"}.append(channel) + R"(","timestamp":")" +
         format_iso(now, 9) + R"(","sequence_num":)" + std::string{number_slot} + R"(,"events":[)";
}

std::string error(std::string_view message, const std::string& reason = {}) {
  Json out{{"type", "error"}, {"message", message}};
  if (!reason.empty()) out["reason"] = reason;
  return out.dump();
}

/// All rows of an event have its time.
std::string write_frame(const BookFrame& frame, const Channel& channel) {
  const bool is_whole = frame.action == BookAction::partial;
  std::string out = envelope("l2_data", frame.time) + R"({"type":")" +
                    (is_whole ? "snapshot" : "update") + R"(","product_id":")" + channel.symbol +
                    R"(","updates":[)";
  const std::string time = format_iso(frame.time, 6);
  for (const Row& row : frame.rows) {
    if (out.back() == '}') out += ',';
    out.append(R"({"side":")").append(row.side == Side::bid ? "bid" : "offer");
    out.append(R"(","event_time":")").append(time).append(R"(","price_level":")");
    append_price(out, *row.price);
    out.append(R"(","new_quantity":")").append(std::to_string(shown_size(row))).append(R"("})");
  }
  return out + "]}]}";
}

std::vector<std::string> products_of(const Json& request) {
  std::vector<std::string> products;
  for (const Json& one : request.value("product_ids", Json::array()))
    products.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  return products;
}

}  // namespace

CoinbaseConversation::CoinbaseConversation(const std::vector<Channel>& channels,
                                           std::chrono::milliseconds second)
    : channels_{channels}, second_{second} {}

Outcome CoinbaseConversation::receive(std::string_view text, Timestamp now) {
  heard_ = now;
  Outcome outcome;
  const Json json = Json::parse(text, nullptr, false);
  const auto text_of = [&](const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  const std::string type = text_of("type"), channel = text_of("channel");
  const bool begins = type == "subscribe";
  if (!begins && type != "unsubscribe")
    outcome.replies.push_back(error("Malformed JSON"));
  else if (channel == "heartbeats")
    next_beat_ = begins ? std::optional{now + second_} : std::nullopt, ++owed_;
  else if (channel != "level2" && channel != "market_trades")
    outcome.replies.push_back(error("authentication failure"));
  else if (begins)
    subscribe(channel, products_of(json), outcome);
  else
    unsubscribe(channel, products_of(json), outcome);
  return outcome;
}

std::optional<Subscription> CoinbaseConversation::find(const std::string& product) const {
  for (std::size_t i = 0; i < channels_.size(); ++i)
    if (channels_[i].symbol == product || channels_[i].symbol + "C" == product)
      return Subscription{product, channels_[i].symbol, {i}};
  return std::nullopt;
}

/// Who has a book already gets no snapshot of it.
void CoinbaseConversation::subscribe(const std::string& channel,
                                     const std::vector<std::string>& products, Outcome& outcome) {
  auto& subscriptions = subscriptions_[channel];
  const bool is_of_trades = channel == "market_trades";
  std::map<std::string, Subscription> added;
  for (const std::string& product : products) {
    auto found = find(product);
    if (!found)
      return outcome.replies.push_back(
          error("Failed to subscribe", product + " is not a valid product"));
    found->is_of_trades = is_of_trades;
    if (is_of_trades) found->topic = "market_trades:" + product;
    if (!subscriptions.contains(product)) added.emplace(product, *found);
  }
  if (!is_of_trades && subscriptions.size() + added.size() > most_books)
    return outcome.replies.push_back(error("too many L2 streams requested in a single session"));
  for (const auto& [product, subscription] : added) outcome.subscribed.push_back(subscription);
  subscriptions.merge(added);
  ++owed_;
}

void CoinbaseConversation::unsubscribe(const std::string& channel,
                                       const std::vector<std::string>& products, Outcome& outcome) {
  auto& subscriptions = subscriptions_[channel];
  for (const std::string& product : products) {
    const auto found = subscriptions.find(product);
    if (found == subscriptions.end()) continue;
    outcome.unsubscribed.push_back(found->second);
    subscriptions.erase(found);
  }
  ++owed_;
}

std::optional<Timestamp> CoinbaseConversation::due() const {
  if (owed_ > 0 || !heard_) return heard_;
  return next_beat_ ? *next_beat_ : *heard_ + seconds_without_heartbeats * second_;
}

Outcome CoinbaseConversation::on_time(Timestamp now) {
  Outcome outcome;
  for (; owed_ > 0; --owed_) outcome.replies.push_back(acknowledgement(now));
  if (next_beat_ && now >= *next_beat_) {
    outcome.replies.push_back(heartbeat(now));
    next_beat_ = now + second_;
  } else if (!next_beat_ && heard_ && now >= *heard_ + seconds_without_heartbeats * second_) {
    outcome.close = Closing{};
    heard_.reset();
  }
  return outcome;
}

std::string CoinbaseConversation::acknowledgement(Timestamp now) const {
  Json all = Json::object();
  if (next_beat_) all["heartbeats"] = {"heartbeats"};
  for (const auto& [channel, subscriptions] : subscriptions_)
    for (const auto& [product, subscription] : subscriptions) all[channel].push_back(product);
  return envelope("subscriptions", now) + Json{{"subscriptions", all}}.dump() + "]}";
}

std::string CoinbaseConversation::heartbeat(Timestamp now) {
  return envelope("heartbeats", now) + R"({"current_time":")" + format_iso(now, 9) +
         R"(","heartbeat_counter":)" + std::to_string(++beats_) + "}]}";
}

Outcome CoinbaseConversation::complain(const Injection& injection, Timestamp /*now*/) const {
  std::string message = injection.reason;
  if (injection.fault == Fault::too_many_requests) message = "rate limit exceeded";
  if (injection.fault == Fault::maintenance) message = "internal server error";
  Outcome outcome;
  outcome.replies.push_back(error(message));
  return outcome;
}

std::unique_ptr<Conversation> CoinbaseProtocol::converse(const std::vector<Channel>& channels,
                                                         const ConversationOptions& options) const {
  return std::make_unique<CoinbaseConversation>(channels, options.second);
}

std::string CoinbaseProtocol::subscribe_request(const Channel& channel) const {
  return R"({"type":"subscribe","product_ids":[")" + channel.symbol + R"("],"channel":"level2"})";
}

std::string CoinbaseProtocol::trades_request(const std::string& symbol) const {
  return R"({"type":"subscribe","product_ids":[")" + symbol + R"("],"channel":"market_trades"})";
}

BookFrame CoinbaseProtocol::image(std::size_t channel, const TrueBook& book, Timestamp) const {
  return ladder_image(channel, book);
}

std::string CoinbaseProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_frame(frame, channel);
}

std::string CoinbaseProtocol::write_partial(const std::vector<BookFrame>& images,
                                            const std::vector<Channel>& channels,
                                            std::string_view) const {
  assert(images.size() == 1 && channels.size() == 1);
  return write_frame(images.front(), channels.front());
}

std::vector<BookFrame> CoinbaseProtocol::with(const BookFrame& frame, BookAction action,
                                              Row row) const {
  return {with_row(frame, action, row)};
}

/// The products, as the public list has them.
RestAnswer CoinbaseProtocol::answer_get(const Exchange& exchange, std::string_view target) const {
  if (Target{target}.path != "/api/v3/brokerage/market/products")
    return Protocol::answer_get(exchange, target);
  const Json list = list_instruments(
      exchange, [](const Instrument& one, const CurrencyPair& pair, const std::string& tick) {
        return Json{{"product_id", one.symbol},
                    {"price_increment", tick},
                    {"base_increment", std::to_string(one.lot)},
                    {"base_currency_id", pair.base},
                    {"product_type", "SPOT"},
                    {"is_disabled", false},
                    {"trading_disabled", false},
                    {"alias", ""}};
      });
  return {200, Json{{"products", list}, {"num_products", list.size()}}.dump()};
}

std::string CoinbaseProtocol::large_message(std::size_t size) const {
  std::string out = envelope("status", {}) + R"({"type":"snapshot","products":[)";
  out.reserve(size + 64);
  while (out.size() < size) out += R"({"id":"BTC-USD","status":"online"},)";
  out.back() = ']';
  return out + "}]}";
}

std::optional<CapturedFrame> CoinbaseProtocol::parse(std::string_view text,
                                                     Timestamp /*received*/) const {
  if (text.find(R"("channel":"l2_data")") == std::string_view::npos) return std::nullopt;
  Json json = Json::parse(text);
  const Json& event = json.at("events").at(0);
  CapturedFrame out;
  out.symbol = event.at("product_id");
  BookFrame& frame = out.frame;
  frame.action = event.at("type") == "snapshot" ? BookAction::partial : BookAction::change;
  frame.time = parse_iso(json.at("timestamp").get<std::string>()).value();
  for (const Json& row : event.at("updates")) {
    frame.time = parse_iso(row.at("event_time").get<std::string>()).value();
    frame.rows.push_back(captured_row(row.at("side") == "bid" ? Side::bid : Side::ask,
                                      row.at("price_level"), row.at("new_quantity"), frame.time));
  }
  json["sequence_num"] = number_slot.substr(1, number_slot.size() - 2);
  frame.text = json.dump();
  return out;
}

}  // namespace obkit::exchange

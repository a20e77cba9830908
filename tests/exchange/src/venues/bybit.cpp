#include "bybit.hpp"

#include <array>
#include <cassert>

#include <nlohmann/json.hpp>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/rest.hpp"

#include "instrument_list.hpp"
#include "ladder_rows.hpp"

namespace obkit::exchange {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_spot_topics = 10;
constexpr int seconds_of_silence = 600;

std::string topic_of(const std::string& symbol) { return "orderbook.50." + symbol; }

/// Of the best level alone.
std::string best_topic_of(const std::string& symbol) { return "orderbook.1." + symbol; }

/// A counter of the exchange, the same in all windows.
std::string sequence_text(std::uint64_t number) {
  constexpr std::uint64_t first = 753'843'900'000, step = 3;
  return std::to_string(first + step * number);
}

/// As an instrument with a tick of cents has it: `65114.20`.
std::string price_text(Price price) {
  constexpr std::int64_t per_cent = Price::units_per_one / 100;
  std::string cents = std::to_string(price.units() / per_cent);
  if (cents.size() < 3) cents.insert(0, 3 - cents.size(), '0');
  return cents.insert(cents.size() - 2, ".");
}

void append_side(std::string& out, const BookFrame& frame, Side side) {
  out += '[';
  for (const Row& row : frame.rows) {
    if (row.side != side) continue;
    if (out.back() != '[') out += ',';
    out.append("[\"").append(price_text(*row.price)).append("\",\"");
    out.append(std::to_string(shown_size(row))) += "\"]";
  }
  out += ']';
}

/// `stamps` are type and time, whose order differs.
std::string write_window(const std::string& topic, const std::string& stamps,
                         const BookFrame& frame, const Channel& channel, std::uint64_t number) {
  std::string out =
      R"({"topic":")" + topic + "\"," + stamps + R"(,"data":{"s":")" + channel.symbol + R"(","b":)";
  append_side(out, frame, Side::bid);
  out += R"(,"a":)";
  append_side(out, frame, Side::ask);
  return out + R"(,"u":)" + std::to_string(number) + R"(,"seq":)" + sequence_text(frame.change_id) +
         R"(},"cts":)" + milliseconds_text(frame.time) + "}";
}

std::string write_frame(const BookFrame& frame, const Channel& channel, BybitStream stream) {
  const std::string type = std::string{R"("type":")"} +
                           (frame.action == BookAction::partial ? "snapshot" : "delta") + '"';
  const std::string stamp = "\"ts\":" + milliseconds_text(frame.time);
  // Spot writes the time first, the others the type.
  return write_window(topic_of(channel.symbol),
                      stream == BybitStream::spot ? stamp + ',' + type : type + ',' + stamp, frame,
                      channel, frame.change_id);
}

std::string answer(bool success, std::string_view message, const std::string& operation) {
  return Json{{"success", success},
              {"ret_msg", message},
              {"conn_id", "d8bu1olkndm7crnfs1e0-j6akw"},
              {"req_id", ""},
              {"op", operation}}
      .dump();
}

}  // namespace

struct BybitConversation::Request {
  std::string operation;
  std::vector<std::string> topics;
};

BybitConversation::BybitConversation(const std::vector<Channel>& channels, BybitStream stream,
                                     std::chrono::milliseconds second)
    : channels_{channels}, stream_{stream}, second_{second} {}

Outcome BybitConversation::receive(std::string_view text, Timestamp now) {
  heard_ = now;
  Outcome outcome;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("op") || !json["op"].is_string()) {
    outcome.replies.push_back(
        answer(false, "Failed to decode incoming data:" + std::string{text}, ""));
    return outcome;
  }
  Request request{json["op"], {}};
  if (const auto args = json.find("args"); args != json.end() && args->is_array())
    for (const Json& one : *args)
      request.topics.push_back(one.is_string() ? one : Json{one.dump()});
  if (request.operation == "ping")
    outcome.replies.push_back(answer(true, "pong", "ping"));
  else if (request.operation == "subscribe")
    subscribe(request, outcome);
  else if (request.operation == "unsubscribe")
    unsubscribe(request, outcome);
  else
    outcome.replies.push_back(answer(false, "error:invalid op", request.operation));
  return outcome;
}

std::optional<Subscription> BybitConversation::find(const std::string& topic) const {
  for (std::size_t i = 0; i < channels_.size(); ++i)
    if (topic_of(channels_[i].symbol) == topic)
      return Subscription{topic, channels_[i].symbol, {i}};
  for (std::size_t i = 0; i < channels_.size(); ++i)
    if (best_topic_of(channels_[i].symbol) == topic)
      return Subscription{topic, channels_[i].symbol, {i}, true};
  for (std::size_t i = 0; i < channels_.size(); ++i)
    if ("publicTrade." + channels_[i].symbol == topic)
      return Subscription{topic, channels_[i].symbol, {i}, false, true};
  return std::nullopt;
}

std::string BybitConversation::problem_of(const std::vector<std::string>& topics) const {
  if (stream_ == BybitStream::spot && topics.size() > most_spot_topics) return "args size >10";
  for (const std::string& topic : topics) {
    if (!find(topic)) return "error:handler not found,topic:" + topic;
    if (subscriptions_.contains(topic)) return "error:already subscribed,topic:" + topic;
  }
  return {};
}

void BybitConversation::subscribe(const Request& request, Outcome& outcome) {
  if (const std::string problem = problem_of(request.topics); !problem.empty())
    return outcome.replies.push_back(answer(false, problem, request.operation));
  for (const std::string& topic : request.topics) {
    outcome.subscribed.push_back(*find(topic));
    subscriptions_.emplace(topic, outcome.subscribed.back());
  }
  late_.push_back(answer(true, stream_ == BybitStream::spot ? "subscribe" : "", "subscribe"));
}

void BybitConversation::unsubscribe(const Request& request, Outcome& outcome) {
  for (const std::string& topic : request.topics) {
    const auto found = subscriptions_.find(topic);
    if (found == subscriptions_.end()) continue;
    outcome.unsubscribed.push_back(found->second);
    subscriptions_.erase(found);
  }
  outcome.replies.push_back(answer(true, "", request.operation));
}

std::optional<Timestamp> BybitConversation::due() const {
  if (!heard_ || !late_.empty()) return heard_;
  return *heard_ + seconds_of_silence * second_;
}

Outcome BybitConversation::on_time(Timestamp now) {
  Outcome outcome;
  outcome.replies = std::exchange(late_, {});
  if (outcome.replies.empty() && heard_ && now >= *heard_ + seconds_of_silence * second_) {
    outcome.close = Closing{};
    heard_.reset();
  }
  return outcome;
}

Outcome BybitConversation::complain(const Injection& injection, Timestamp /*now*/) const {
  std::string message = "error:" + injection.reason;
  if (injection.fault == Fault::too_many_requests) message = "Too many visits!";
  if (injection.fault == Fault::maintenance) message = "the service is restarting";
  Outcome outcome;
  outcome.replies.push_back(answer(false, message, "subscribe"));
  return outcome;
}

std::string_view BybitProtocol::path() const {
  if (stream_ == BybitStream::linear) return "/v5/public/linear";
  return stream_ == BybitStream::spot ? "/v5/public/spot" : "/v5/public/inverse";
}

std::unique_ptr<Conversation> BybitProtocol::converse(const std::vector<Channel>& channels,
                                                      const ConversationOptions& options) const {
  return std::make_unique<BybitConversation>(channels, stream_, options.second);
}

std::string BybitProtocol::subscribe_request(const Channel& channel) const {
  return R"({"req_id":"b1","op":"subscribe","args":[")" + topic_of(channel.symbol) + R"("]})";
}

std::string BybitProtocol::trades_request(const std::string& symbol) const {
  return R"({"req_id":"t1","op":"subscribe","args":["publicTrade.)" + symbol + R"("]})";
}

BookFrame BybitProtocol::image(std::size_t channel, const TrueBook& book, Timestamp) const {
  return ladder_image(channel, book);
}

std::string BybitProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_frame(frame, channel, stream_);
}

std::string BybitProtocol::write_partial(const std::vector<BookFrame>& images,
                                         const std::vector<Channel>& channels,
                                         std::string_view) const {
  assert(images.size() == 1 && channels.size() == 1);
  return write_frame(images.front(), channels.front(), stream_);
}

/// Its own number is that of its window, which counts for itself.
std::string BybitProtocol::write_best(const TrueBook& book, const Channel& channel) const {
  const BookFrame best = best_image(book);
  return write_window(best_topic_of(channel.symbol),
                      "\"ts\":" + milliseconds_text(best.time) + R"(,"type":"snapshot")", best,
                      channel, 2 * best.change_id + 1000);
}

std::vector<BookFrame> BybitProtocol::with(const BookFrame& frame, BookAction action,
                                           Row row) const {
  return {with_row(frame, action, row)};
}

/// All on one page.
RestAnswer BybitProtocol::answer_get(const Exchange& exchange, std::string_view text) const {
  const Target target{text};
  constexpr std::array<std::string_view, 3> categories{"linear", "spot", "inverse"};
  const std::string_view category = categories.at(static_cast<std::size_t>(stream_));
  if (target.path != "/v5/market/instruments-info" || target.value("category") != category)
    return Protocol::answer_get(exchange, text);
  const auto row = [](const Instrument& one, const CurrencyPair& pair, const std::string& tick) {
    return Json{{"symbol", one.symbol},
                {"status", "Trading"},
                {"baseCoin", pair.base},
                {"quoteCoin", pair.quote},
                {"priceFilter", {{"tickSize", tick}}},
                {"lotSizeFilter", {{"qtyStep", std::to_string(one.lot)}}}};
  };
  return {200, Json{{"retCode", 0},
                    {"retMsg", "OK"},
                    {"result",
                     {{"category", category},
                      {"list", list_instruments(exchange, row)},
                      {"nextPageCursor", ""}}}}
                   .dump()};
}

std::string BybitProtocol::large_message(std::size_t size) const {
  std::string out = R"({"topic":"tickers.BTCUSDT","type":"snapshot","data":[)";
  out.reserve(size + 64);
  while (out.size() < size) out += R"({"symbol":"BTCUSDT","lastPrice":"65114.30"},)";
  out.back() = ']';
  return out + R"(,"ts":1786310818484})";
}

std::optional<CapturedFrame> BybitProtocol::parse(std::string_view text,
                                                  Timestamp /*received*/) const {
  if (text.find(R"("topic":"orderbook.)") == std::string_view::npos) return std::nullopt;
  if (text.find(R"("topic":"orderbook.1.)") != std::string_view::npos) return std::nullopt;
  const Json json = Json::parse(text);
  const Json& data = json.at("data");
  CapturedFrame out;
  out.symbol = data.at("s");
  BookFrame& frame = out.frame;
  frame.action = json.at("type") == "snapshot" ? BookAction::partial : BookAction::change;
  frame.time = Timestamp{std::chrono::milliseconds{json.at("ts").get<std::int64_t>()}};
  frame.text = text;
  frame.change_id = data.at("u");
  frame.previous_change_id = frame.change_id - 1;
  for (const Side side : {Side::bid, Side::ask})
    for (const Json& row : data.at(side == Side::bid ? "b" : "a"))
      frame.rows.push_back(captured_row(side, row.at(0), row.at(1), frame.time));
  return out;
}

}  // namespace obkit::exchange

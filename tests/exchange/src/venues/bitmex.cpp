#include "bitmex.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "obkit/exchange/rest.hpp"

namespace obkit::exchange {

namespace {

constexpr std::string_view partial_head =
    R"({"table":"orderBookL2","action":"partial","keys":["symbol","id","side"],)"
    R"("types":{"symbol":"symbol","id":"long","side":"symbol","size":"long","price":"float",)"
    R"("timestamp":"timestamp","transactTime":"timestamp","pool":"symbol"},"filter":)";

void append_row(std::string& out, const Row& row, const Channel& channel, BookAction action,
                Timestamp time, const std::string& time_text) {
  assert(row.price && (row.size || action == BookAction::remove));
  out += R"({"symbol":")";
  out += channel.symbol;
  out += R"(","id":)";
  out += std::to_string(row.id);
  out += row.side == Side::bid ? R"(,"side":"Buy")" : R"(,"side":"Sell")";
  if (action != BookAction::remove) {
    out += R"(,"size":)";
    out += std::to_string(*row.size);
  }
  out += R"(,"price":)";
  append_price(out, *row.price);
  out += R"(,"timestamp":")";
  out += time_text;
  out += R"(","transactTime":")";
  out += row.changed == time ? time_text : format_iso(row.changed);
  if (!channel.pool.empty()) {
    out += R"(","pool":")";
    out += channel.pool;
  }
  out += R"("},)";
}

void append_rows(std::string& out, const BookFrame& frame, const Channel& channel) {
  const std::string time_text = format_iso(frame.time);
  for (const Row& row : frame.rows)
    append_row(out, row, channel, frame.action, frame.time, time_text);
}

/// Ends a list whose elements each end with a comma.
void close_list(std::string& out) {
  if (out.back() == ',') out.pop_back();
  out += ']';
}

void append_filter(std::string& out, std::string_view pool, std::string_view symbol) {
  out += '{';
  if (!pool.empty()) out.append(R"("pool":")").append(pool).append("\"");
  if (!pool.empty() && !symbol.empty()) out += ',';
  if (!symbol.empty()) out.append(R"("symbol":")").append(symbol).append("\"");
  out += '}';
}

}  // namespace

std::string write_bitmex_frame(const BookFrame& frame, const Channel& channel) {
  if (frame.action == BookAction::partial)
    return write_bitmex_partial({frame}, {channel}, channel.symbol);
  std::string out = R"({"table":"orderBookL2","action":")";
  out += to_string(frame.action);
  out += R"(","data":[)";
  append_rows(out, frame, channel);
  close_list(out);
  out += '}';
  return out;
}

std::string write_bitmex_partial(const std::vector<BookFrame>& images,
                                 const std::vector<Channel>& channels,
                                 std::string_view filter_symbol) {
  assert(images.size() == channels.size() && !channels.empty());
  std::string out{partial_head};
  append_filter(out, channels.front().pool, filter_symbol);
  out += R"(,"data":[)";
  for (std::size_t i = 0; i < images.size(); ++i) append_rows(out, images[i], channels[i]);
  close_list(out);
  out += '}';
  return out;
}

std::string write_bitmex_rows(const BookFrame& frame, const Channel& channel) {
  std::string out = "[";
  append_rows(out, frame, channel);
  close_list(out);
  return out;
}

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view docs = "https://www.bitmex.com/app/wsAPI";
constexpr std::string_view table = "orderBookL2", quote_table = "quote", trade_table = "trade";
constexpr std::string_view default_pool = "Aggregated";
constexpr std::array<std::string_view, 3> pools{"Primary", "Secondary", "Aggregated"};
constexpr std::size_t longest_message = 16'384;

std::string error_text(int status, std::string_view problem, const Json* request) {
  Json out{{"status", status}, {"error", problem}, {"meta", Json::object()}};
  if (request != nullptr) out["request"] = *request;
  return out.dump();
}

/// `table:symbol:pool`; the parts that are absent are empty.
struct Topic {
  std::string table, symbol, pool;

  explicit Topic(std::string_view text) {
    for (std::string* part : {&table, &symbol, &pool}) {
      const std::size_t colon = text.find(':');
      *part = text.substr(0, colon);
      text = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    }
  }
  [[nodiscard]] std::string without_pool() const {
    return symbol.empty() ? table : table + ':' + symbol;
  }
};

std::vector<std::string> split_at_commas(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    out.emplace_back(list.substr(0, comma));
    list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
  }
  return out;
}

/// The arguments of a subscription: a string or a list of strings; empty if they are neither.
std::vector<std::string> topic_list(const Json& request) {
  const auto args = request.find("args");
  if (args == request.end()) return {};
  if (args->is_string()) return {args->get<std::string>()};
  const auto is_string = [](const Json& one) { return one.is_string(); };
  if (!args->is_array() || !std::all_of(args->begin(), args->end(), is_string)) return {};
  return args->get<std::vector<std::string>>();
}

/// As if the credentials of the upgrade had come by a message.
std::string auth_ack(const Claim& claim) {
  std::int64_t expires = 0;
  std::from_chars(claim.expires.data(), claim.expires.data() + claim.expires.size(), expires);
  return Json{
      {"success", true},
      {"request", {{"op", "authKeyExpires"}, {"args", {claim.key, expires, claim.signature}}}}}
      .dump();
}

std::string as_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

struct BitmexConversation::Request {
  std::string argument;
  const Json& echo;

  [[nodiscard]] std::string error(int status, std::string_view problem) const {
    return error_text(status, problem, &echo);
  }
  [[nodiscard]] Json success(const char* op, const std::string& topic) const {
    return {{"success", true}, {op, topic}, {"request", echo}};
  }
};

BitmexConversation::BitmexConversation(const std::vector<Channel>& channels,
                                       Credentials credentials)
    : channels_{channels}, credentials_{std::move(credentials)} {}

std::string BitmexConversation::welcome(Timestamp now) {
  return Json{{"info", "Welcome to the BitMEX Realtime API."},
              {"version", "2.0.0"},
              {"timestamp", format_iso(now)},
              {"docs", docs},
              {"heartbeatEnabled", false},
              {"limit", Json::object()},
              {"appName", "ws-feedhandler-obexchange"}}
      .dump();
}

std::string BitmexConversation::help() {
  return Json{
      {"info", "See https://www.bitmex.com/app/wsAPI for documentation."},
      {"usage", R"(Send a message in the format: {"op": string, "args": Array<string>})"},
      {"ops", {"authKeyExpires", "subscribe", "unsubscribe"}},
      {"subscribe",
       R"(To subscribe, send: {"op": "subscribe", "args": [subscriptionTopic, ...]}.)"},
      {"subscriptionSubjects",
       {{"authenticationRequired", Json::array()}, {"public", Json::array({table, quote_table})}}}}
      .dump();
}

Outcome BitmexConversation::open(const Opening& opening) {
  Outcome outcome;
  outcome.replies.push_back(welcome(opening.market_now));
  if (opening.acknowledged) outcome.replies.push_back(auth_ack(*opening.acknowledged));
  for (const std::string& topic : split_at_commas(opening.topics)) {
    const Json echo{{"op", "subscribe"}, {"args", topic}};
    subscribe({topic, echo}, outcome);
  }
  return outcome;
}

Outcome BitmexConversation::receive(std::string_view text, Timestamp now) {
  Outcome outcome;
  const auto answer = [&outcome](std::string reply) {
    outcome.replies.push_back(std::move(reply));
    return outcome;
  };
  if (text == "ping") return answer("pong");
  if (text == "help" || text == R"("help")") return answer(help());
  if (text.size() > longest_message)
    return answer(error_text(
        400, "Failed to decode incoming data: Message length too long, dropping.", nullptr));
  const Json request = Json::parse(text, nullptr, false);
  if (!request.is_object() || !request.contains("op"))
    return answer(error_text(400, "Failed to decode incoming data.", nullptr));
  const std::string op = as_text(request["op"]);
  if (op == "authKeyExpires") return authenticate(request, now);
  if (op != "subscribe" && op != "unsubscribe")
    return answer(error_text(400, "Unrecognized op: " + op + ".", &request));
  const auto topics = topic_list(request);
  if (topics.empty())
    return answer(error_text(400, "'args' must be a topic or a list of topics.", &request));
  for (const std::string& topic : topics)
    op == "subscribe" ? subscribe({topic, request}, outcome)
                      : unsubscribe({topic, request}, outcome);
  return outcome;
}

void BitmexConversation::subscribe(const Request& request, Outcome& outcome) {
  const Topic topic{request.argument};
  const auto refuse = [&](const std::string& problem) {
    outcome.replies.push_back(request.error(400, problem));
  };
  const bool is_of_best = topic.table == quote_table;
  const bool is_of_trades = topic.table == trade_table;
  if (topic.table != table && !is_of_best && !is_of_trades)
    return refuse("Unknown table: " + topic.table + ". Please see the documentation at " +
                  std::string{docs} + ".");
  if (!topic.pool.empty() && std::find(pools.begin(), pools.end(), topic.pool) == pools.end())
    return refuse("'pool' must be one of Primary/Secondary/Aggregated.");
  const std::string_view own_pool = is_of_trades ? "Primary" : default_pool;
  const auto found = find(topic.symbol, topic.pool.empty() ? own_pool : topic.pool);
  if (found.empty()) return refuse("Unknown or expired symbol: " + topic.symbol + ".");
  if ((is_of_best || is_of_trades) && found.size() > 1)
    return refuse("A topic like this is of one symbol here.");
  Subscription subscription{topic.without_pool(), topic.symbol, found, is_of_best, is_of_trades};
  if (!subscriptions_.emplace(subscription.topic, subscription).second)
    return refuse("You are already subscribed to this topic: " + subscription.topic + ".");
  Json ack = request.success("subscribe", subscription.topic);
  const std::string& pool = channels_[found.front()].pool;
  if (!pool.empty()) ack["pool"] = pool;
  outcome.replies.push_back(ack.dump());
  outcome.subscribed.push_back(std::move(subscription));
}

void BitmexConversation::unsubscribe(const Request& request, Outcome& outcome) {
  const auto found = subscriptions_.find(Topic{request.argument}.without_pool());
  if (found == subscriptions_.end())
    return outcome.replies.push_back(
        request.error(400, "Not subscribed to this topic: " + request.argument + "."));
  outcome.replies.push_back(request.success("unsubscribe", found->first).dump());
  outcome.unsubscribed.push_back(found->second);
  subscriptions_.erase(found);
}

Outcome BitmexConversation::authenticate(const Json& request, Timestamp now) {
  Outcome outcome;
  const auto args = request.find("args");
  const bool well_formed = args != request.end() && args->is_array() && args->size() == 3 &&
                           (*args)[0].is_string() && (*args)[1].is_number() &&
                           (*args)[2].is_string();
  const std::string problem =
      well_formed ? refute({as_text((*args)[0]), as_text((*args)[1]), as_text((*args)[2])},
                           credentials_, now)
                  : "'args' must be [key, expires, signature].";
  if (!problem.empty()) outcome.close = Closing{};
  outcome.replies.push_back(outcome.close ? error_text(401, problem, &request)
                                          : Json{{"success", true}, {"request", request}}.dump());
  return outcome;
}

namespace {

/// Rows of symbols S0, S1, ... one each.
std::string strangers_message(std::uint64_t count) {
  std::string out = R"({"table":"orderBookL2","action":"delete","data":[)";
  for (std::uint64_t i = 0; i < count; ++i)
    out.append(R"({"symbol":"S)").append(std::to_string(i)).append(R"(","id":1,"side":"Buy"},)");
  out.back() = ']';
  return out + '}';
}

}  // namespace

Outcome BitmexConversation::complain(const Injection& injection, Timestamp) const {
  const auto say = [](std::string text) {
    Outcome outcome;
    outcome.replies.push_back(std::move(text));
    return outcome;
  };
  if (injection.fault == Fault::strangers) return say(strangers_message(injection.count));
  if (injection.fault == Fault::errors) return say(error_text(400, injection.reason, nullptr));
  const bool limited = injection.fault == Fault::too_many_requests;
  Json error{{"status", limited ? 429 : 503},
             {"error", limited ? "Rate limit exceeded, retry in 1 seconds."
                               : "The system is currently overloaded. Please try again later."},
             {"meta", Json::object()}};
  if (limited) error["meta"]["retryAfter"] = 1;
  return say(error.dump());
}

std::vector<std::size_t> BitmexConversation::find(std::string_view symbol,
                                                  std::string_view pool) const {
  std::vector<std::size_t> exact, any_pool;
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    if (!symbol.empty() && channels_[i].symbol != symbol) continue;
    any_pool.push_back(i);
    if (channels_[i].pool == pool) exact.push_back(i);
  }
  return exact.empty() ? any_pool : exact;
}

std::unique_ptr<Conversation> BitmexProtocol::converse(const std::vector<Channel>& channels,
                                                       const ConversationOptions& options) const {
  return std::make_unique<BitmexConversation>(channels, options.credentials);
}

std::string BitmexProtocol::subscribe_request(const Channel& channel) const {
  const std::string pool = channel.pool.empty() ? "" : ":" + channel.pool;
  return R"({"op":"subscribe","args":"orderBookL2:)" + channel.symbol + pool + "\"}";
}

std::string BitmexProtocol::trades_request(const std::string& symbol) const {
  return R"({"op":"subscribe","args":"trade:)" + symbol + "\"}";
}

BookFrame BitmexProtocol::image(std::size_t channel, const TrueBook& book, Timestamp now) const {
  return {channel, BookAction::partial, now, book.rows(), {}};
}

std::string BitmexProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_bitmex_frame(frame, channel);
}

std::string BitmexProtocol::write_partial(const std::vector<BookFrame>& images,
                                          const std::vector<Channel>& channels,
                                          std::string_view symbol) const {
  return write_bitmex_partial(images, channels, symbol);
}

std::string BitmexProtocol::write_best(const TrueBook& book, const Channel& channel) const {
  std::string out = R"({"table":"quote","action":"insert","data":[{"timestamp":")" +
                    format_iso(book.time()) + R"(","symbol":")" + channel.symbol + '"';
  for (const auto& [price, size] : book.levels(Side::bid, 1))
    out += R"(,"bidSize":)" + std::to_string(size) + R"(,"bidPrice":)" + to_string(price);
  for (const auto& [price, size] : book.levels(Side::ask, 1))
    out += R"(,"askPrice":)" + to_string(price) + R"(,"askSize":)" + std::to_string(size);
  if (!channel.pool.empty()) out += R"(,"pool":")" + channel.pool + '"';
  return out + "}]}";
}

std::vector<BookFrame> BitmexProtocol::with(const BookFrame& frame, BookAction action,
                                            Row row) const {
  if (action == BookAction::remove) row.size.reset();
  return {frame, {frame.channel, action, frame.time, {row}, {}}};
}

std::string BitmexProtocol::large_message(std::size_t size) const {
  std::string out = R"({"table":"chat","action":"insert","data":[)";
  out.reserve(size + 256);
  while (out.size() < size)
    out += R"({"channelID":1,"fromBot":false,"html":"hello","id":1,"message":"hello","user":"x"},)";
  out.back() = ']';
  return out + '}';
}

namespace {

std::optional<BookAction> parse_action(const std::string& name) {
  for (const auto action :
       {BookAction::partial, BookAction::remove, BookAction::update, BookAction::insert})
    if (name == to_string(action)) return action;
  return std::nullopt;
}

Timestamp time_or(const Json& row, const char* key, Timestamp fallback) {
  const auto found = row.find(key);
  if (found == row.end()) return fallback;
  return parse_iso(found->get_ref<const std::string&>()).value_or(fallback);
}

Row parse_row(const Json& json, Timestamp time) {
  Row row;
  row.id = json.at("id").get<std::uint64_t>();
  row.side = json.at("side").get_ref<const std::string&>() == "Buy" ? Side::bid : Side::ask;
  if (const auto price = json.find("price"); price != json.end())
    row.price = captured_price(price->get<double>());
  if (const auto size = json.find("size"); size != json.end()) row.size = size->get<std::int64_t>();
  row.changed = time_or(json, "transactTime", time_or(json, "timestamp", time));
  return row;
}

}  // namespace

std::optional<CapturedFrame> BitmexProtocol::parse(std::string_view text,
                                                   Timestamp received) const {
  if (text.find(R"("orderBookL2","action")") == std::string_view::npos) return std::nullopt;
  const Json json = Json::parse(text);
  const auto action = parse_action(json.at("action"));
  if (!action) throw std::invalid_argument{"action " + json.at("action").dump()};
  const Json& data = json.at("data");
  CapturedFrame out;
  out.symbol = data.empty() || *action == BookAction::partial ? json.at("filter").at("symbol")
                                                              : data.front().at("symbol");
  if (*action == BookAction::partial) out.pool = json.at("filter").value("pool", "");
  const Timestamp time = data.empty() ? received : time_or(data.front(), "timestamp", received);
  out.frame = {0, *action, time, {}, std::string{text}};
  for (const Json& row : data) out.frame.rows.push_back(parse_row(row, time));
  return out;
}

RestAnswer BitmexProtocol::answer_get(const Exchange& exchange, std::string_view target) const {
  return answer_rest(exchange, target);
}

}  // namespace obkit::exchange

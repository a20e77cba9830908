#include "deribit.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <stdexcept>
#include <string_view>

#include <nlohmann/json.hpp>

#include "obkit/exchange/rest.hpp"

namespace obkit::exchange {

namespace {

/// A number's digits and the power of ten of the first one: 83900 is "839" and 4.
struct Digits {
  std::string text;
  int exponent = 0;

  explicit Digits(double value) {
    std::array<char, 32> buffer{};
    auto* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::scientific)
                          .ptr;
    const std::string_view all{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
    const std::size_t mark = all.find('e');
    const char* power = all.data() + mark + (all[mark + 1] == '+' ? 2 : 1);
    std::from_chars(power, end, exponent);
    for (const char one : all.substr(0, mark))
      if (one != '.') text += one;
  }

  [[nodiscard]] std::string scientific() const {
    const std::string behind = text.size() == 1 ? "0" : text.substr(1);
    return text.substr(0, 1) + '.' + behind + 'e' + std::to_string(exponent);
  }
  [[nodiscard]] std::string plain() const {
    if (exponent < 0)
      return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + text;
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (text.size() <= whole) return text + std::string(whole - text.size(), '0') + ".0";
    return text.substr(0, whole) + '.' + text.substr(whole);
  }
};

std::string_view word(BookAction action) {
  if (action == BookAction::insert) return "new";
  return action == BookAction::remove ? "delete" : "change";
}

void append_side(std::string& out, const BookFrame& frame, Side side) {
  out += '[';
  for (const Row& row : frame.rows) {
    if (row.side != side) continue;
    assert(row.price);
    if (out.back() != '[') out += ',';
    out.append("[\"").append(word(row.action)).append("\",");
    append_short_float(out, row.price->value());
    out += ',';
    append_short_float(out, static_cast<double>(row.size.value_or(0)));
    out += ']';
  }
  out += ']';
}

std::int64_t milliseconds(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace

void append_short_float(std::string& out, double value) {
  const Digits digits{value};
  const std::string plain = digits.plain(), scientific = digits.scientific();
  out += scientific.size() < plain.size() ? scientific : plain;
}

std::string deribit_channel(const std::string& symbol) { return "book." + symbol + ".100ms"; }

std::string write_deribit_frame(const BookFrame& frame, const Channel& channel) {
  assert(frame.action == BookAction::partial || frame.action == BookAction::change);
  const bool snapshot = frame.action == BookAction::partial;
  std::string out = R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":")";
  out.append(deribit_channel(channel.symbol)).append(R"(","data":{"timestamp":)");
  out.append(std::to_string(milliseconds(frame.time))).append(R"(,"type":")");
  out.append(snapshot ? "snapshot" : "change").append(R"(","change_id":)");
  out.append(std::to_string(frame.change_id)).append(R"(,"instrument_name":")");
  out.append(channel.symbol).append(R"(","bids":)");
  append_side(out, frame, Side::bid);
  out += R"(,"asks":)";
  append_side(out, frame, Side::ask);
  if (!snapshot) out += R"(,"prev_change_id":)" + std::to_string(frame.previous_change_id);
  return out + "}}}";
}

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_message = std::size_t{32} * 1024;
constexpr double least_interval = 10;  // seconds
constexpr int seconds_to_answer = 10;
constexpr std::uint16_t heartbeat_close = 4000;
constexpr std::string_view test_request =
    R"({"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"})";

/// What stands at the end of every answer. The exchange takes no time to think.
void append_times(Json& answer, Timestamp now) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(now).time_since_epoch().count();
  answer["usIn"] = micros;
  answer["usOut"] = micros;
  answer["usDiff"] = 0;
  answer["testnet"] = false;
}

std::string error_text(const Json* id, Json error, Timestamp now) {
  Json answer{{"jsonrpc", "2.0"}};
  if (id != nullptr) answer["id"] = *id;
  answer["error"] = std::move(error);
  append_times(answer, now);
  return answer.dump();
}

Json invalid_parameter(std::string_view name, std::string_view reason) {
  return {{"code", -32602},
          {"data", {{"reason", reason}, {"param", name}}},
          {"message", "Invalid params"}};
}

/// The parameter `channels`; empty if it is not a list of strings.
std::optional<std::vector<std::string>> channel_list(const Json& parameters) {
  const auto found = parameters.find("channels");
  const auto is_string = [](const Json& one) { return one.is_string(); };
  if (found == parameters.end() || !found->is_array() ||
      !std::all_of(found->begin(), found->end(), is_string))
    return std::nullopt;
  return found->get<std::vector<std::string>>();
}

bool is_raw(const std::string& channel) { return channel.ends_with(".raw"); }

}  // namespace

struct DeribitConversation::Request {
  std::string method;
  Json parameters;
  Json envelope;  ///< {"jsonrpc":"2.0","id":…}
  Timestamp now;

  Request(const Json& json, Timestamp time)
      : method{json.value("method", "")},
        parameters(json.value("params", Json::object())),
        envelope{{"jsonrpc", "2.0"}},
        now{time} {
    if (const auto id = json.find("id"); id != json.end()) envelope["id"] = *id;
  }
  [[nodiscard]] std::string success(Json result) const {
    return answer("result", std::move(result));
  }
  [[nodiscard]] std::string error(Json what) const { return answer("error", std::move(what)); }

 private:
  [[nodiscard]] std::string answer(const char* key, Json value) const {
    Json out = envelope;
    out[key] = std::move(value);
    append_times(out, now);
    return out.dump();
  }
};

DeribitConversation::DeribitConversation(const std::vector<Channel>& channels,
                                         std::chrono::milliseconds second)
    : channels_{channels}, second_{second} {}

Outcome DeribitConversation::receive(std::string_view text, Timestamp now) {
  Outcome outcome;
  const auto refuse = [&](Json error) {
    outcome.replies.push_back(error_text(nullptr, std::move(error), now));
    return outcome;
  };
  if (text.size() > longest_message)
    return refuse({{"code", -32600}, {"message", "request entity too large"}});
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded())
    return refuse({{"code", 11050}, {"data", "invalid json"}, {"message", "bad_request"}});
  if (!json.is_object() || !json.contains("method") || !json["method"].is_string())
    return refuse({{"code", -32600}, {"message", "Invalid Request"}});
  dispatch({json, now}, outcome);
  return outcome;
}

void DeribitConversation::dispatch(const Request& request, Outcome& outcome) {
  const std::string& method = request.method;
  if (method == "public/subscribe") return subscribe(request, outcome);
  if (method == "public/unsubscribe") return unsubscribe(request, outcome);
  if (method == "public/set_heartbeat") return set_heartbeat(request, outcome);
  if (method == "public/test" || method == "public/hello") {
    if (method == "public/test") answer_by_.reset();
    return outcome.replies.push_back(request.success({{"version", "1.2.26"}}));
  }
  if (method == "public/disable_heartbeat") {
    interval_.reset();
    answer_by_.reset();
    return outcome.replies.push_back(request.success("ok"));
  }
  const bool is_private = method.starts_with("private/");
  outcome.replies.push_back(
      request.error(is_private ? Json{{"code", 13009}, {"message", "unauthorized"}}
                               : Json{{"code", -32601}, {"message", "Method not found"}}));
}

void DeribitConversation::set_heartbeat(const Request& request, Outcome& outcome) {
  const auto interval = request.parameters.find("interval");
  if (interval == request.parameters.end() || !interval->is_number() ||
      interval->get<double>() < least_interval)
    return outcome.replies.push_back(
        request.error(invalid_parameter("interval", "value must be >= 10")));
  interval_ = std::chrono::round<std::chrono::nanoseconds>(interval->get<double>() * second_);
  next_beat_ = request.now + *interval_;
  answer_by_.reset();
  outcome.replies.push_back(request.success("ok"));
}

std::optional<Subscription> DeribitConversation::find(const std::string& name) const {
  for (std::size_t i = 0; i < channels_.size(); ++i)
    if (deribit_channel(channels_[i].symbol) == name)
      return Subscription{name, channels_[i].symbol, {i}};
  for (std::size_t i = 0; i < channels_.size(); ++i)
    if ("trades." + channels_[i].symbol + ".100ms" == name)
      return Subscription{name, channels_[i].symbol, {i}, false, true};
  return std::nullopt;
}

void DeribitConversation::subscribe(const Request& request, Outcome& outcome) {
  auto names = channel_list(request.parameters);
  if (!names)
    return outcome.replies.push_back(
        request.error(invalid_parameter("channels", "must be a list of channels")));
  if (std::any_of(names->begin(), names->end(), is_raw))
    return outcome.replies.push_back(request.error(
        {{"code", 13778}, {"message", "raw_subscriptions_not_available_for_unauthorized"}}));
  Json result = Json::array();
  std::reverse(names->begin(), names->end());  // Deribit does not keep the order either
  for (const std::string& name : *names) {
    const auto found = find(name);
    if (!found) continue;
    result.push_back(name);
    if (subscriptions_.emplace(name, *found).second) outcome.subscribed.push_back(*found);
  }
  outcome.replies.push_back(request.success(std::move(result)));
}

void DeribitConversation::unsubscribe(const Request& request, Outcome& outcome) {
  const auto names = channel_list(request.parameters);
  if (!names)
    return outcome.replies.push_back(
        request.error(invalid_parameter("channels", "must be a list of channels")));
  Json result = Json::array();
  for (const std::string& name : *names) {
    const auto found = subscriptions_.find(name);
    if (found == subscriptions_.end()) continue;
    result.push_back(name);
    outcome.unsubscribed.push_back(found->second);
    subscriptions_.erase(found);
  }
  outcome.replies.push_back(request.success(std::move(result)));
}

std::optional<Timestamp> DeribitConversation::due() const {
  if (!interval_) return std::nullopt;
  return answer_by_ ? std::min(next_beat_, *answer_by_) : next_beat_;
}

Outcome DeribitConversation::on_time(Timestamp now) {
  Outcome outcome;
  if (answer_by_ && now >= *answer_by_) {
    outcome.close = Closing{heartbeat_close, "heartbeat close"};
    interval_.reset();
  } else if (interval_ && now >= next_beat_) {
    outcome.replies.emplace_back(test_request);
    next_beat_ = now + *interval_;
    if (!answer_by_) answer_by_ = now + seconds_to_answer * second_;
  }
  return outcome;
}

Outcome DeribitConversation::complain(const Injection& injection, Timestamp now) const {
  const bool ends = injection.fault == Fault::too_many_requests;
  Json error{{"code", 11051}, {"message", "system_maintenance"}};
  if (ends) error = {{"code", 10028}, {"message", "too_many_requests"}};
  if (injection.fault == Fault::errors) error = {{"code", 11029}, {"message", injection.reason}};
  Outcome outcome;
  outcome.replies.push_back(injection.fault == Fault::questions ? std::string{test_request}
                                                                : error_text(nullptr, error, now));
  if (ends) outcome.close = Closing{};
  return outcome;
}

namespace {

/// Bids first, on either side the best first.
void sort_rows(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& left, const Row& right) {
    if (left.side != right.side) return left.side == Side::bid;
    return left.side == Side::bid ? *left.price > *right.price : *left.price < *right.price;
  });
}

}  // namespace

std::unique_ptr<Conversation> DeribitProtocol::converse(const std::vector<Channel>& channels,
                                                        const ConversationOptions& options) const {
  return std::make_unique<DeribitConversation>(channels, options.second);
}

std::string DeribitProtocol::subscribe_request(const Channel& channel) const {
  return R"({"jsonrpc":"2.0","id":2,"method":"public/subscribe","params":{"channels":[")" +
         deribit_channel(channel.symbol) + R"("]}})";
}

std::string DeribitProtocol::trades_request(const std::string& symbol) const {
  return R"({"jsonrpc":"2.0","id":3,"method":"public/subscribe","params":{"channels":["trades.)" +
         symbol + R"(.100ms"]}})";
}

/// The time is that of the last change.
BookFrame DeribitProtocol::image(std::size_t channel, const TrueBook& book, Timestamp) const {
  BookFrame image{channel, BookAction::partial, book.time(), book.rows(), {}, book.change_id()};
  for (Row& row : image.rows) row.action = BookAction::insert;
  sort_rows(image.rows);
  return image;
}

std::string DeribitProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_deribit_frame(frame, channel);
}

std::string DeribitProtocol::write_partial(const std::vector<BookFrame>& images,
                                           const std::vector<Channel>& channels,
                                           std::string_view) const {
  assert(images.size() == 1 && channels.size() == 1);
  return write_deribit_frame(images.front(), channels.front());
}

std::vector<BookFrame> DeribitProtocol::with(const BookFrame& frame, BookAction action,
                                             Row row) const {
  BookFrame changed = frame;
  changed.text.clear();
  if (action == BookAction::remove) row.size.reset();
  row.action = action;
  changed.rows.push_back(row);
  sort_rows(changed.rows);
  return {changed};
}

namespace {

/// public/get_order_book: the best `depth` levels of each side, 5 when it is not said.
RestAnswer order_book(const Exchange& exchange, const Target& target, std::size_t channel) {
  constexpr std::size_t usual_depth = 5;
  const std::string wanted = target.value("depth");
  const std::size_t depth = wanted.empty() ? usual_depth : std::stoul(wanted);
  const TrueBook& book = exchange.book(channel);
  const auto side = [&](Side one) {
    Json list = Json::array();
    for (const auto& level : book.levels(one, depth))
      list.push_back({level.price.value(), static_cast<double>(level.size)});
    return list;
  };
  const auto time = std::chrono::floor<std::chrono::milliseconds>(book.time().time_since_epoch());
  const Json result{{"timestamp", time.count()},
                    {"state", "open"},
                    {"instrument_name", exchange.source().channels()[channel].symbol},
                    {"change_id", book.change_id()},
                    {"bids", side(Side::bid)},
                    {"asks", side(Side::ask)}};
  return {200, Json{{"jsonrpc", "2.0"}, {"result", result}, {"testnet", false}}.dump()};
}

/// An option by its name, BTC-27MAR27-60000-C, else an inverse future.
Json instrument_json(const Instrument& one) {
  const std::string& symbol = one.symbol;
  const bool is_option = symbol.ends_with("-C") || symbol.ends_with("-P");
  const std::string base = symbol.substr(0, symbol.find('-'));
  return {{"instrument_name", symbol},
          {"kind", is_option ? "option" : "future"},
          {"instrument_type", "reversed"},
          {"is_active", true},
          {"tick_size", one.tick.value()},
          {"tick_size_steps", Json::array()},
          {"contract_size", is_option ? 1.0 : 10.0},
          {"min_trade_amount", static_cast<double>(one.lot)},
          {"base_currency", base},
          {"quote_currency", is_option ? base : "USD"},
          {"counter_currency", "USD"},
          {"settlement_currency", base}};
}

RestAnswer instruments(const Exchange& exchange) {
  Json list = Json::array();
  for (const Instrument& one : exchange.source().instruments())
    list.push_back(instrument_json(one));
  return {200, Json{{"jsonrpc", "2.0"}, {"result", list}, {"testnet", false}}.dump()};
}

}  // namespace

RestAnswer DeribitProtocol::answer_get(const Exchange& exchange, std::string_view text) const {
  const Target target{text};
  const auto& channels = exchange.source().channels();
  if (target.path == "/api/v2/public/get_instruments") return instruments(exchange);
  if (target.path != "/api/v2/public/get_order_book") return Protocol::answer_get(exchange, text);
  for (std::size_t i = 0; i < channels.size(); ++i)
    if (channels[i].symbol == target.value("instrument_name"))
      return order_book(exchange, target, i);
  return {400, Json{{"jsonrpc", "2.0"},
                    {"error", invalid_parameter("instrument_name", "instrument not found")}}
                   .dump()};
}

std::string DeribitProtocol::large_message(std::size_t size) const {
  std::string out =
      R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"deribit_price_statistics",)"
      R"("data":[)";
  out.reserve(size + 64);
  while (out.size() < size) out += R"({"index_name":"btc_usd","high24h":64000.0,"low24h":6.0e4},)";
  out.back() = ']';
  return out + "}}";
}

namespace {

BookAction parse_word(const std::string& word) {
  if (word == "new") return BookAction::insert;
  if (word == "change") return BookAction::update;
  if (word == "delete") return BookAction::remove;
  throw std::invalid_argument{"action " + word};
}

void add_rows(BookFrame& frame, const Json& list, Side side) {
  for (const Json& json : list) {
    Row row;
    row.side = side;
    row.price = captured_price(json.at(1).get<double>());
    row.id = level_id(side, *row.price);
    row.action = parse_word(json.at(0));
    if (row.action != BookAction::remove) row.size = json.at(2).get<std::int64_t>();
    row.changed = frame.time;
    frame.rows.push_back(row);
  }
}

}  // namespace

std::optional<CapturedFrame> DeribitProtocol::parse(std::string_view text,
                                                    Timestamp /*received*/) const {
  if (text.find(R"("channel":"book.)") == std::string_view::npos) return std::nullopt;
  const Json json = Json::parse(text);
  const Json& data = json.at("params").at("data");
  const bool is_change = data.contains("prev_change_id");
  CapturedFrame out;
  out.symbol = data.at("instrument_name");
  BookFrame& frame = out.frame;
  frame.action = is_change ? BookAction::change : BookAction::partial;
  frame.time = Timestamp{std::chrono::milliseconds{data.at("timestamp").get<std::int64_t>()}};
  frame.text = text;
  frame.change_id = data.at("change_id");
  if (is_change) frame.previous_change_id = data.at("prev_change_id");
  add_rows(frame, data.at("bids"), Side::bid);
  add_rows(frame, data.at("asks"), Side::ask);
  return out;
}

}  // namespace obkit::exchange

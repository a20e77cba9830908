#include "decoder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace obkit::feed::coinbase {
namespace {

using simdjson::ondemand::value;

/// Empty for a time before 1971: the exchange writes the years 1 and 1970 where it knows none.
std::optional<Timestamp> known_time(IsoReader& times, std::string_view text) {
  using namespace std::chrono;
  constexpr Timestamp earliest = sys_days{year{1971} / January / 1};
  const auto time = times.read(text);
  return time && *time >= earliest ? time : std::nullopt;
}

Side side_of(std::string_view word, std::string_view bid, std::string_view ask) {
  if (word != bid && word != ask) throw BadFrame{"an unknown side"};
  return word == bid ? Side::bid : Side::ask;
}

/// Appends `{"side":…,"event_time":…,"price_level":…,"new_quantity":…}`. Returns the time.
std::string_view read_row(value content, BookUpdate& update) {
  std::string_view side, time;
  std::optional<Price> price;
  std::optional<double> size;
  bool has_price = false;
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "side") side = part.get_string();
    if (key == "event_time") time = text_of(part);
    if (key == "price_level") has_price = true, price = price_of_text(part, update.lost);
    if (key == "new_quantity") size = size_of_text(part);
  }
  if (!has_price || !size) throw BadFrame{"a level without price_level or new_quantity"};
  const Side book_side = side_of(side, "bid", "offer");
  if (price) update.levels.push_back(level_of(book_side, *price, *size));
  return time;
}

/// Appends `["buy","2631.25","0.00100000"]`.
void read_change(value content, BookUpdate& update) {
  std::string_view side;
  std::optional<Price> price;
  std::optional<double> size;
  std::size_t count = 0;
  for (auto cell : content.get_array()) {
    if (count == 0) side = cell.get_string();
    if (count == 1) price = price_of_text(cell.value(), update.lost);
    if (count == 2) size = size_of_text(cell.value());
    ++count;
  }
  if (!size) throw BadFrame{"a change without side, price or size"};
  const Side book_side = side_of(side, "buy", "sell");
  if (price) update.levels.push_back(level_of(book_side, *price, *size));
}

/// Of the maker's side, which both feeds tell: who sold met somebody's bid.
Aggressor taker_of(std::string_view maker, std::string_view bid, std::string_view ask) {
  return aggressor_of(maker, ask, bid);
}

/// `{"product_id":…,"trade_id":"1068572090","price":…,"size":…,"time":…,"side":"SELL"}`
TradeRow read_trade(value content, IsoReader& times) {
  TradeRow row{.symbol = {}};
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "product_id") row.symbol = part.get_string();
    if (key == "trade_id") row.id = part.get_string();
    if (key == "price") row.price = price_of_text(part, row.lost);
    if (key == "size") row.size = size_of_text(part);
    if (key == "time") row.time = known_time(times, part.get_string());
    if (key == "side") row.aggressor = taker_of(part.get_string(), "BUY", "SELL");
  }
  row.number = number_of_id(row.id);
  return row;
}

/// What changes leave of it later cannot be told from a whole book.
void check_snapshot(BookUpdate& update) {
  if (update.kind == BookUpdate::Kind::image && update.levels.empty() && update.lost.empty())
    update.lost = "a snapshot without levels";
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

}  // namespace

Frame& Decoder::decode(std::string_view text) {
  read_frame(frame_, [&] { read(text); });
  return frame_;
}

void Decoder::read(std::string_view text) {
  auto document = json_.read(text);
  feed_ = Feed::untold;
  read_fields(document);
  JsonMessage::expect_end(document);
  // Channel and type stand first; an order of keys is no promise, though.
  if (message_.came_early && feed_ > Feed::other) {
    document.rewind();
    read_fields(document);
  }
  if (feed_ == Feed::snapshot || feed_ == Feed::changes) tell_exchange_book();
  if (feed_ == Feed::level2) tell_books();
  if (feed_ == Feed::match) tell_match();
  if (feed_ == Feed::market_trades) tell_trades();
  count();
  if (feed_ == Feed::acknowledgement) frame_.kind = Frame::Kind::subscribed;
  // What a new connection says again needs no telling where one is wanted anyway.
  if (feed_ == Feed::error && frame_.lost.empty()) tell_refusal();
}

void Decoder::read_fields(simdjson::ondemand::document& document) {
  message_ = {};
  updates_.clear();
  trades_.clear();
  frame_.text.clear();
  for (auto field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (key != "events" && key != "bids" && key != "asks" && key != "changes")
      read_key(key, content);
    else if (feed_ == Feed::untold)
      message_.came_early = true;
    else
      read_part(key, content);
  }
}

/// Lenient: what has another type than it should is as good as absent.
void Decoder::read_key(std::string_view key, value content) {
  if (key == "product_id") message_.product = text_of(content);
  if (key == "message") message_.text = text_of(content);
  if (key == "reason") message_.reason = text_of(content);
  if (key == "side") message_.side = text_of(content);
  if (key == "price") message_.price = text_of(content);
  if (key == "size") message_.size = text_of(content);
  if (key == "trade_id") message_.trade = whole_number_of(content);
  if (key == "sequence_num") message_.number = whole_number_of(content);
  if (key == "timestamp" || key == "time") message_.time = known_time(times_, text_of(content));
  if (key == "channel") {
    const std::string_view name = text_of(content);
    const bool is_trades = with_trades_ && name == "market_trades";
    feed_ = name == "l2_data"         ? Feed::level2
            : is_trades               ? Feed::market_trades
            : name == "subscriptions" ? Feed::acknowledgement
                                      : Feed::other;
  }
  if (key == "type" && feed_ == Feed::untold) {
    const std::string_view name = text_of(content);
    // A last_match is the trade before the subscription.
    const bool is_match = with_trades_ && name == "match";
    feed_ = name == "snapshot"   ? Feed::snapshot
            : name == "l2update" ? Feed::changes
            : is_match           ? Feed::match
            : name == "error"    ? Feed::error
                                 : Feed::other;
  }
}

void Decoder::read_part(std::string_view key, value content) {
  if (feed_ == Feed::snapshot && key == "bids")
    message_.has_bids = true, read_level_rows(content, Side::bid, only_update());
  if (feed_ == Feed::snapshot && key == "asks")
    message_.has_asks = true, read_level_rows(content, Side::ask, only_update());
  if (feed_ == Feed::changes && key == "changes") {
    message_.has_changes = true;
    for (auto change : content.get_array()) read_change(change.value(), only_update());
  }
  if (feed_ == Feed::acknowledgement && key == "events") read_subscriptions(content);
  if (feed_ == Feed::market_trades && key == "events") {
    message_.has_events = true;
    for (auto event : content.get_array()) read_trades(event.value());
  }
  if (feed_ != Feed::level2 || key != "events") return;
  message_.has_events = true;
  for (auto event : content.get_array()) read_event(event.value());
}

BookUpdate& Decoder::only_update() {
  return updates_.all().empty() ? updates_.add() : updates_.all().front();
}

void Decoder::read_event(value content) {
  BookUpdate& update = updates_.add();
  std::string_view type, time;
  bool has_updates = false;
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "type") type = text_of(part);
    if (key == "product_id") update.symbol = part.get_string().value();
    if (key != "updates") continue;
    has_updates = true;
    for (auto row : part.get_array()) time = read_row(row.value(), update);
  }
  if (update.symbol.empty() || !has_updates) throw BadFrame{"a book without product_id or updates"};
  if (type != "snapshot" && type != "update") throw BadFrame{"an unknown type of book"};
  update.kind = type == "snapshot" ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
  update.time = known_time(times_, time);  // all rows of an event have one
  check_snapshot(update);
}

/// `{"type":"update","trades":[…]}`. A snapshot has those before the subscription.
void Decoder::read_trades(value event) {
  simdjson::ondemand::object fields = event.get_object();
  const std::string_view type = fields.find_field_unordered("type");
  const bool is_new = type == "update";
  if (!is_new && type != "snapshot") throw BadFrame{"an unknown type of trades"};
  for (auto row : fields.find_field_unordered("trades").get_array()) {
    const TradeRow trade = read_trade(row.value(), times_);
    if (is_new) trades_.add(trade);
  }
}

/// `[{"subscriptions":{"level2":["BTC-USD"],"heartbeats":["heartbeats"]}}]`
void Decoder::read_subscriptions(value content) {
  simdjson::ondemand::array list;
  if (content.get_array().get(list) != simdjson::SUCCESS) return;
  const auto take = [&](std::string_view channel, value products) {
    simdjson::ondemand::array names;
    if (channel != "level2" || products.get_array().get(names) != simdjson::SUCCESS) return;
    for (auto name : names)
      frame_.text.append(frame_.text.empty() ? "" : ",").append(text_of(name.value()));
  };
  for (auto event : list) {
    for_each_field(event.value(), [&](std::string_view key, value part) {
      if (key == "subscriptions") for_each_field(part, take);
    });
  }
}

/// Of the Exchange feed.
void Decoder::tell_exchange_book() {
  const bool is_snapshot = feed_ == Feed::snapshot;
  const bool is_whole = is_snapshot ? message_.has_bids && message_.has_asks : message_.has_changes;
  if (message_.product.empty() || !is_whole)
    throw BadFrame{"a book without product_id, bids, asks or changes"};
  BookUpdate& update = only_update();
  update.symbol = message_.product;
  update.kind = is_snapshot ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
  update.time = message_.time;
  check_snapshot(update);
  frame_.kind = Frame::Kind::book;
  frame_.updates = updates_.all();
}

void Decoder::tell_books() {
  if (!message_.has_events || !message_.number)
    throw BadFrame{"a book without events or sequence_num"};
  for (BookUpdate& update : updates_.all())
    if (!update.time) update.time = message_.time;
  if (updates_.all().empty()) return;
  frame_.kind = Frame::Kind::book;
  frame_.updates = updates_.all();
}

/// Of the Exchange feed.
void Decoder::tell_match() {
  TradeRow row{.symbol = message_.product,
               .time = message_.time,
               .size = size_in(message_.size),
               .aggressor = taker_of(message_.side, "buy", "sell"),
               .number = message_.trade};
  row.price = price_in(message_.price, row.lost);
  trades_.add(row);
  if (trades_.all().empty()) return;
  frame_.kind = Frame::Kind::trades;
  frame_.trades = trades_.all();
}

/// An event has its newest trade first.
void Decoder::tell_trades() {
  if (!message_.has_events || !message_.number)
    throw BadFrame{"trades without events or sequence_num"};
  if (trades_.all().empty()) return;
  trades_.sort_by_number();
  frame_.kind = Frame::Kind::trades;
  frame_.trades = trades_.all();
}

void Decoder::count() {
  if (!message_.number) return;
  const std::uint64_t number = *message_.number;
  if (last_) {
    const bool follows = number == *last_ + 1;
    if (!follows)
      frame_.lost = "frame " + std::to_string(number) + " of the connection came after " +
                    std::to_string(*last_) + ": what lies between is missing";
    for (BookUpdate& update : updates_.all())
      if (update.kind == BookUpdate::Kind::changes)
        update.order = follows ? BookUpdate::Order::follows : BookUpdate::Order::breaks;
  }
  last_ = number;
}

void Decoder::tell_refusal() {
  std::string told{message_.text};
  if (!message_.reason.empty()) told.append(told.empty() ? "" : ": ").append(message_.reason);
  frame_.kind = Frame::Kind::refused;
  frame_.passes = has_any(told, {"rate limit", "Rate limit", "oo many requests", "nternal",
                                 "navailable", "aintenance"});
  frame_.text = told;
  if (has_any(told, {"too many L2 streams"}))
    frame_.text = "too many symbols for one connection: " + told;
  if (has_any(told, {"uthenticat", "nauthorized"}))
    frame_.text = "it wants a key, and obkit has none for it: " + told;
  // `NOPE-USD is not a valid product`
  const std::string_view name =
      std::string_view{told}.substr(0, told.find(" is not a valid product"));
  if (name.empty() || name.size() == told.size()) return;
  frame_.symbol = name.substr(name.rfind(' ') + 1);
  frame_.text = "no such product: " + frame_.symbol;
}

}  // namespace obkit::feed::coinbase

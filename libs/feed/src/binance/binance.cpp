#include "binance.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../json/json_value.hpp"
#include "../symbol_name.hpp"
#include "../trade_list.hpp"
#include "bridge.hpp"
#include "message.hpp"

namespace obkit::feed::binance {
namespace {

using std::chrono::milliseconds;

/// What the markets differ in.
struct Market {
  Rule rule;
  std::string_view depth;   ///< path of snapshots
  std::string_view symbol;  ///< what one is like
};

constexpr Market spot{Rule::spot, "/api/v3/depth", "BTCUSDT"};
constexpr Market usdm{Rule::futures, "/fapi/v1/depth", "BTCUSDT"};
constexpr Market coinm{Rule::futures, "/dapi/v1/depth", "BTCUSD_PERP"};

/// How many levels of each side a snapshot has, and how long none may follow it, so that their
/// weight stays below five sixths of what the exchange allows in a minute.
struct Window {
  std::size_t levels;
  milliseconds pause;
};

/// Many snapshots of 5,000 levels would take minutes.
Window window_of(const Market& market, std::size_t symbols) {
  constexpr std::size_t few = 20;
  const bool is_wide = market.rule == Rule::spot && symbols <= few;
  return is_wide ? Window{5000, milliseconds{3000}} : Window{1000, milliseconds{600}};
}

/// Half of a snapshot: the rest is left for the market to move in, until the next one comes.
template <const Market& market>
std::size_t levels_max(std::size_t symbols) {
  return window_of(market, symbols).levels / 2;
}

std::string stream_of(std::string symbol, std::string_view kind) {
  std::transform(symbol.begin(), symbol.end(), symbol.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return symbol.append(kind);
}

/// Of a snapshot's request; empty where it names none.
std::string_view value_of(std::string_view target, std::string_view name) {
  std::size_t begin = target.find('?');
  while (begin < target.size()) {
    const std::string_view rest = target.substr(begin + 1);
    if (rest.starts_with(name)) return rest.substr(name.size(), rest.find('&') - name.size());
    begin = target.find('&', begin + 1);
  }
  return {};
}

/// Levels of a side that a snapshot's request allows; empty where it does not tell.
std::optional<std::size_t> limit_of(std::string_view target) {
  const std::string_view text = value_of(target, "limit=");
  std::size_t limit = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
  return read.ec == std::errc{} && limit > 0 ? std::optional{limit} : std::nullopt;
}

/// Where a snapshot ends on a side that has as many rows as it may have.
std::optional<Price> edge_of(std::span<const LevelChange> levels, Side side, std::size_t limit) {
  const LevelChange* worst = nullptr;
  std::size_t rows = 0;
  for (const LevelChange& level : levels) {
    if (level.side != side) continue;
    ++rows;
    const bool is_worse = worst == nullptr || (side == Side::bid ? *level.price < *worst->price
                                                                 : *level.price > *worst->price);
    if (is_worse) worst = &level;
  }
  return worst != nullptr && rows >= limit ? worst->price : std::nullopt;
}

std::string quoted_stream(const std::string& symbol, std::string_view kind = "@depth@100ms") {
  return '"' + stream_of(symbol, kind) + '"';
}

std::string subscription(std::string_view method, std::string_view streams, std::uint64_t id) {
  return std::string{R"({"method":")"}
      .append(method)
      .append(R"(","params":[)")
      .append(streams)
      .append(R"(],"id":)")
      .append(std::to_string(id))
      .append("}");
}

class BinanceProtocol final : public Protocol {
 public:
  BinanceProtocol(const Market& market, Subscription subscription)
      : market_{market},
        window_{window_of(market, subscription.symbols.size())},
        with_trades_{subscription.with_trades},
        symbols_{std::move(subscription.symbols)},
        wanted_{symbols_.begin(), symbols_.end()} {
    if (!subscription.is_paced) window_.pause = milliseconds{0};
  }

  std::vector<Request> open() override {
    for (auto& [symbol, bridge] : bridges_) bridge.begin();
    is_subscribed_ = false;
    trades_.clear();
    trade_event_.clear();
    std::string streams;
    for (const std::string& symbol : symbols_) {
      streams.append(streams.empty() ? "" : ",").append(quoted_stream(symbol));
      if (with_trades_) streams.append(",").append(quoted_stream(symbol, "@trade"));
    }
    return {subscription("SUBSCRIBE", streams, request_id)};
  }

  const Frame& decode(std::string_view text) override {
    read_frame(frame_, [&] { tell(read(text)); });
    return frame_;
  }

  const Frame& decode_answer(const HttpAnswer& answer) override {
    constexpr int ok = 200;
    const std::string symbol{value_of(answer.target, "symbol=")};
    frame_.clear();
    const bool is_check =
        is_wanted(symbol) && answer.target.ends_with(check_limit) && bridge_of(symbol).has_book();
    if (is_check && answer.status == ok)
      tell_witness(answer.body, symbol);
    else if (answer.status != ok)
      refuse(answer, symbol);
    else if (is_wanted(symbol))
      tell_answer(answer, symbol);
    return frame_;
  }

  std::vector<Request> refresh(const std::string& symbol) override { return {snapshot_of(symbol)}; }

  std::vector<Request> check(const std::string& symbol) override {
    if (!bridge_of(symbol).has_book()) return {};
    return {HttpGet{
        .target = std::string{market_.depth}.append("?symbol=").append(symbol).append(check_limit),
        .pause = check_pause}};
  }

 private:
  static constexpr std::uint64_t request_id = 1;
  static constexpr std::string_view check_limit = "&limit=100";  ///< of the least weight
  static constexpr milliseconds check_pause{300};

  [[nodiscard]] HttpGet snapshot_of(const std::string& symbol) const {
    return {.target = std::string{market_.depth}
                          .append("?symbol=")
                          .append(symbol)
                          .append("&limit=")
                          .append(std::to_string(window_.levels)),
            .pause = window_.pause};
  }

  const Message& read(std::string_view text) {
    update_.kind = BookUpdate::Kind::changes;
    update_.continues = false;
    update_.order = BookUpdate::Order::untold;
    update_.number.reset();
    update_.edges = {};
    update_.lost.clear();
    update_.levels.clear();
    return reader_.read(text, update_);
  }

  void tell(const Message& message) {
    if (message.is_diff())
      tell_diff(message);
    else if (message.is_trade())
      tell_trade(message);
    else if (message.is_snapshot() && !message.stream.empty())
      tell_snapshot(message, message.symbol_of_stream());
    else if (message.is_snapshot() && is_bare_answer())
      tell_snapshot(message, bridges_.begin()->first);
    else if (message.has_error)
      tell_error(message);
    else if (message.has_result && message.id == request_id)
      tell_subscribed();
    else if (message.event == "serverShutdown")
      frame_.ends = "serverShutdown";
  }

  /// Collectors keep the answers of HTTP as they keep frames, without the symbol: then it is that
  /// of the only one of which there are diffs. The streams of partial books look alike; they have
  /// 20 levels a side at most.
  [[nodiscard]] bool is_bare_answer() const {
    constexpr std::size_t levels_of_partial = 40;
    return bridges_.size() == 1 && update_.levels.size() > levels_of_partial;
  }

  void tell_error(const Message& message) {
    constexpr int too_many_requests = -1003, disconnected = -1001;
    constexpr std::int64_t largest = 1'000'000;
    frame_.kind = Frame::Kind::refused;
    frame_.text = message.error;
    frame_.status = static_cast<int>(std::clamp(message.code, -largest, largest));
    frame_.passes = frame_.status == too_many_requests || frame_.status == disconnected;
  }

  /// The streams are open now: a snapshot that is made later is not older than their first diffs.
  void tell_subscribed() {
    frame_.kind = Frame::Kind::subscribed;
    if (std::exchange(is_subscribed_, true)) return;
    for (const std::string& symbol : symbols_) frame_.replies.emplace_back(snapshot_of(symbol));
  }

  void tell_diff(const Message& message) {
    if (!is_wanted(message.symbol)) return;
    const Span span = span_of(message);
    begin_update(message, message.symbol);
    bridge_of(message.symbol).take(span, update_);
  }

  /// The futures' execution types tell what was settled beside the book.
  static std::string_view off_of(const Message& message) {
    const std::string& type = message.execution;
    if (type == "INSURANCE_FUND") return "fund";
    if (type == "ADL") return "adl";
    if (!type.empty() && type != "MARKET") return "other";
    // All of it met orders that the depth streams leave out.
    const bool is_hidden = !message.visible_size.empty() && size_in(message.visible_size) == 0;
    return is_hidden ? "rpi" : "";
  }

  void tell_trade(const Message& message) {
    if (!with_trades_ || !is_wanted(message.symbol)) return;
    // A capture may have both kinds, which tell the same trades.
    if (trade_event_.empty()) trade_event_ = message.event;
    if (message.event != trade_event_) return;
    const auto number = message.event == "trade" ? message.trade : message.aggregate;
    if (!number || !message.buyer_is_maker) throw BadFrame{"a trade without t, a or m"};
    TradeRow row{.symbol = message.symbol,
                 .time = message.time(),
                 .size = size_in(message.size),
                 .aggressor = *message.buyer_is_maker ? Aggressor::seller : Aggressor::buyer,
                 .number = number,
                 .off = off_of(message)};
    row.price = price_in(message.price, row.lost);
    trades_.clear();
    trades_.add(row);
    frame_.trades = trades_.all();
    if (!frame_.trades.empty()) frame_.kind = Frame::Kind::trades;
  }

  [[nodiscard]] Span span_of(const Message& message) const {
    const bool is_spot = market_.rule == Rule::spot;
    if (!message.first || !message.last) throw BadFrame{"a diff without U or u"};
    if (!is_spot && !message.previous) throw BadFrame{"a diff without pu"};
    if (!message.has_bids || !message.has_asks) throw BadFrame{"a diff without b or a"};
    const std::uint64_t first = *message.first, last = *message.last;
    const Span span{.from = is_spot ? first - (first > 0 ? 1U : 0U) : *message.previous,
                    .last = last};
    if (last < first || last < span.from) throw BadFrame{"a diff whose numbers go back"};
    return span;
  }

  void tell_snapshot(const Message& message, const std::string& symbol) {
    if (!is_wanted(symbol)) return;
    if (!message.has_bids || !message.has_asks) throw BadFrame{"a snapshot without bids or asks"};
    update_.kind = BookUpdate::Kind::image;
    begin_update(message, symbol);
    Bridge& bridge = bridge_of(symbol);
    bridge.join(*message.snapshot, update_);
    if (bridge.is_dead())
      for (const char* method : {"UNSUBSCRIBE", "SUBSCRIBE"})
        frame_.replies.emplace_back(subscription(method, quoted_stream(symbol), request_id + 1));
  }

  /// What is no snapshot says nothing.
  void tell_witness(std::string_view body, const std::string& symbol) {
    read_frame(frame_, [&] {
      const Message& message = read(body);
      if (!message.is_snapshot() || !message.has_bids || !message.has_asks)
        throw BadFrame{"no snapshot"};
      update_.kind = BookUpdate::Kind::witness;
      update_.number = message.snapshot;
      begin_update(message, symbol);
    });
    if (frame_.kind == Frame::Kind::malformed) frame_.clear();
  }

  /// One that is not understood costs its own book alone.
  void tell_answer(const HttpAnswer& answer, const std::string& symbol) {
    read_frame(frame_, [&] {
      const Message& message = read(answer.body);
      if (!message.is_snapshot()) throw BadFrame{"no lastUpdateId"};
      if (bridge_of(symbol).is_stale(*message.snapshot))
        update_.lost =
            "its snapshot (" + std::to_string(*message.snapshot) + ") is older than the last book";
      if (const auto limit = limit_of(answer.target))
        update_.edges = {.bid = edge_of(update_.levels, Side::bid, *limit),
                         .ask = edge_of(update_.levels, Side::ask, *limit)};
      tell_snapshot(message, symbol);
    });
    if (frame_.kind != Frame::Kind::malformed) return;
    update_.kind = BookUpdate::Kind::image;
    update_.symbol = symbol;
    update_.time.reset();
    update_.lost = "its snapshot is not understood: " + frame_.text;
    frame_.clear();
    frame_.kind = Frame::Kind::book;
    frame_.updates = {&update_, 1};
  }

  void begin_update(const Message& message, const std::string& symbol) {
    update_.symbol = symbol;
    update_.time = message.time();
    frame_.kind = Frame::Kind::book;
    frame_.updates = {&update_, 1};
  }

  /// What only people can mend; what passes is asked for again.
  void refuse(const HttpAnswer& answer, const std::string& symbol) {
    constexpr int bad_request = 400, unavailable = 451;
    constexpr std::int64_t invalid_symbol = -1121;
    if (answer.status == unavailable) {
      frame_.kind = Frame::Kind::refused;
      frame_.text = "it does not serve this region";
      frame_.status = unavailable;
    }
    if (answer.status != bad_request) return;
    read_frame(frame_, [&] {
      if (const Message& message = read(answer.body); message.has_error) tell_error(message);
    });
    if (frame_.kind == Frame::Kind::malformed) frame_.clear();
    if (frame_.status != invalid_symbol) return;
    frame_.text = "no such symbol: " + symbol;
    frame_.symbol = symbol;
  }

  [[nodiscard]] bool is_wanted(const std::string& symbol) const {
    return !symbol.empty() && (wanted_.empty() || wanted_.contains(symbol));
  }

  [[nodiscard]] Bridge& bridge_of(const std::string& symbol) {
    if (recent_ == nullptr || recent_->first != symbol)
      recent_ = &*bridges_.try_emplace(symbol, market_.rule, budget_).first;
    return recent_->second;
  }

  using Bridges = std::unordered_map<std::string, Bridge>;

  const Market& market_;
  Window window_;
  bool with_trades_;
  std::vector<std::string> symbols_;
  std::unordered_set<std::string> wanted_;  ///< the same; empty: all that come
  MessageReader reader_;
  Bridge::Budget budget_;
  Bridges bridges_;
  Bridges::value_type* recent_ = nullptr;  ///< mostly the next one, too
  bool is_subscribed_ = false;
  BookUpdate update_;
  std::string trade_event_;  ///< of which all trades are; empty: none came yet
  TradeList trades_;
  Frame frame_;
};

/// What the exchange itself allows.
bool is_symbol(std::string_view text) { return is_name(text, Letters::capital, "_-."); }

/// Looks at the beginning of a frame; a long list of levels follows.
bool begins_with(std::string_view frame, std::string_view part) {
  constexpr std::size_t looked_at = 400;
  return frame.substr(0, looked_at).find(part) != std::string_view::npos;
}

/// COIN-M's contracts end in `USD_PERP` or `USD_` and a date.
bool names_coinm(std::string_view frame) {
  constexpr std::string_view key = "\"s\":\"";
  const std::size_t begin = frame.find(key);
  if (begin == std::string_view::npos) return false;
  const std::string_view rest = frame.substr(begin + key.size());
  return rest.substr(0, rest.find('"')).find("USD_") != std::string_view::npos;
}

/// Where the frames of the three differ: in the numbers, in the pair that COIN-M names, and since
/// June 2026 in `st`; those of trades in `M`, which spot alone has. Null for one that is none of
/// theirs.
const Market* market_of(std::string_view frame) {
  if (frame.starts_with("@rest ")) {
    for (const Market* market : {&spot, &usdm, &coinm})
      if (begins_with(frame, market->depth)) return market;
    return nullptr;
  }
  if (begins_with(frame, "@depthSnapshot\"")) {
    if (begins_with(frame, "\"pair\":")) return &coinm;
    return begins_with(frame, "\"T\":") ? &usdm : &spot;
  }
  if (begins_with(frame, R"("e":"trade")") || begins_with(frame, R"("e":"aggTrade")")) {
    if (begins_with(frame, "\"M\":")) return &spot;
    return names_coinm(frame) ? &coinm : &usdm;
  }
  if (!begins_with(frame, "\"depthUpdate\"")) return nullptr;
  if (!begins_with(frame, "\"pu\":")) return &spot;
  const bool is_usdm = frame.find("\"st\":1") != std::string_view::npos;
  return begins_with(frame, "\"ps\":") && !is_usdm ? &coinm : &usdm;
}

template <const Market& market>
Venue common() {
  constexpr std::size_t streams_of_a_socket = 1024;
  Venue venue{};
  venue.default_symbol = market.symbol;
  venue.symbols_max = streams_of_a_socket;
  venue.symbols_with_trades_max = streams_of_a_socket / 2;
  venue.levels_max = levels_max<market>;
  venue.connect_pace = std::chrono::seconds{1};        // 300 in 5 minutes
  venue.renewal = std::chrono::minutes{23 * 60 + 30};  // it cuts at 24 h
  venue.silence.symbol = std::chrono::seconds{120};
  venue.facts = {.channel = "SYMBOL@depth@100ms",
                 .depth =
                     "1,000 (spot: 5,000 for up to 20 symbols), then growing; "
                     "half can be written",
                 .snapshot = "by HTTP, joined by its number",
                 .proof = "each diff names the one before; REST snapshot each minute",
                 .region = "451 from some countries",
                 .archives = "captures; Tardis",
                 .trades = "SYMBOL@trade",
                 .ends = "at 24 h, or announced by serverShutdown: no gap"};
  venue.make_protocol = [](Subscription subscription) -> std::unique_ptr<Protocol> {
    return std::make_unique<BinanceProtocol>(market, std::move(subscription));
  };
  venue.is_symbol = is_symbol;
  venue.recognizes = [](std::string_view frame) { return market_of(frame) == &market; };
  return venue;
}

}  // namespace

/// Its hosts of public data alone: they answer in regions, too, where the others refuse.
Venue spot_venue() {
  Venue venue = common<spot>();
  venue.name = "binance-spot";
  venue.live_url = "wss://data-stream.binance.vision/stream";
  venue.testnet_url = "wss://stream.testnet.binance.vision/stream";
  venue.live_http_url = "https://data-api.binance.vision";
  venue.testnet_http_url = "https://testnet.binance.vision";
  venue.listing = &spot_listing();
  return venue;
}

Venue usdm_venue() {
  Venue venue = common<usdm>();
  venue.name = "binance-usdm";
  venue.live_url = "wss://fstream.binance.com/public/stream";
  venue.testnet_url = "wss://demo-fstream.binance.com/public/stream";
  venue.live_http_url = "https://fapi.binance.com";
  venue.testnet_http_url = "https://demo-fapi.binance.com";
  venue.listing = &usdm_listing();
  return venue;
}

Venue coinm_venue() {
  Venue venue = common<coinm>();
  venue.name = "binance-coinm";
  venue.live_url = "wss://dstream.binance.com/stream";
  venue.testnet_url = "wss://dstream.binancefuture.com/stream";
  venue.live_http_url = "https://dapi.binance.com";
  venue.testnet_http_url = "https://testnet.binancefuture.com";
  venue.listing = &coinm_listing();
  return venue;
}

}  // namespace obkit::feed::binance

#include "obkit/exchange/rest.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

#include "venues/bitmex.hpp"

namespace obkit::exchange {

namespace {

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char code = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

Target::Target(std::string_view text) {
  const std::size_t mark = text.find('?');
  path = text.substr(0, mark);
  std::string_view rest = mark == std::string_view::npos ? "" : text.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    query[decoded(pair.substr(0, equals))] =
        equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
}

std::string Target::value(const std::string& key) const {
  const auto found = query.find(key);
  return found == query.end() ? "" : found->second;
}

namespace {

std::string page(const std::string& title, const std::string& server) {
  return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
         "</h1></center>\r\n<hr><center>" + server + "</center>\r\n</body>\r\n</html>\r\n";
}

std::string rate_limit_error(std::chrono::seconds retry_after) {
  const std::string text =
      "Rate limit exceeded, retry in " + std::to_string(retry_after.count()) + " seconds.";
  return nlohmann::ordered_json{{"error", {{"message", text}, {"name", "RateLimitError"}}}}.dump();
}

}  // namespace

Refusal make_refusal(unsigned status, std::chrono::seconds retry_after) {
  namespace http = boost::beast::http;
  const std::string reason{http::obsolete_reason(static_cast<http::status>(status))};
  if (status == 429)
    return {.status = status, .body = rate_limit_error(retry_after), .retry_after = retry_after};
  if (status == 418)
    return {.status = status,
            .body = rest_error("banned"),
            .retry_after = retry_after,
            .reason = "I'm a teapot"};
  if (status != 403 && status < 500) return {.status = status, .body = rest_error(reason)};
  const std::string server = status == 403 ? "cloudflare" : "awselb/2.0";
  Refusal refusal{status, page(std::to_string(status) + ' ' + reason, server), "text/html", server};
  if (status == 503) refusal.retry_after = retry_after;
  return refusal;
}

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view root = "/api/v1";
constexpr std::size_t default_depth = 25;

/// An inverse perpetual contract such as XBTUSD: settled in "XBT", quoted in "USD".
Json contract_facts(const Instrument& contract) {
  const std::string& symbol = contract.symbol;
  const std::size_t base = symbol.size() > 3 ? symbol.size() - 3 : symbol.size();
  return {{"symbol", symbol},
          {"rootSymbol", symbol.substr(0, base)},
          {"state", "Open"},
          {"typ", "FFWCSX"},
          {"expiry", nullptr},
          {"positionCurrency", symbol.substr(base)},
          {"underlying", symbol.substr(0, base)},
          {"quoteCurrency", symbol.substr(base)},
          {"maxOrderQty", 10'000'000},
          {"maxPrice", 1'000'000},
          {"lotSize", contract.lot},
          {"tickSize", contract.tick.value()},
          {"multiplier", -100'000'000},
          {"settlCurrency", "XBt"},
          {"underlyingToSettleMultiplier", -100'000'000},
          {"isQuanto", false},
          {"isInverse", true},
          {"makerFee", 0.0005},
          {"takerFee", 0.0005}};
}

Json instrument(const Exchange& exchange, const Instrument& contract) {
  Json out = contract_facts(contract);
  out["timestamp"] = format_iso(exchange.now());
  const auto& channels = exchange.source().channels();
  const auto found = std::find_if(channels.begin(), channels.end(), [&](const Channel& one) {
    return one.symbol == contract.symbol;
  });
  const TrueBook& book = exchange.book(static_cast<std::size_t>(found - channels.begin()));
  for (const auto& level : book.levels(Side::bid, 1)) out["bidPrice"] = level.price.value();
  for (const auto& level : book.levels(Side::ask, 1)) out["askPrice"] = level.price.value();
  return out;
}

RestAnswer instruments(const Exchange& exchange, const std::string& symbol) {
  Json out = Json::array();
  for (const Instrument& one : exchange.source().instruments())
    if (symbol.empty() || one.symbol == symbol) out.push_back(instrument(exchange, one));
  return {200, out.dump()};
}

RestAnswer assets() {
  return {200, Json::array({{{"asset", "XBT"},
                             {"currency", "XBt"},
                             {"majorCurrency", "XBT"},
                             {"name", "Bitcoin"},
                             {"currencyType", "Crypto"},
                             {"scale", 8},
                             {"enabled", true},
                             {"isMarginCurrency", true},
                             {"networks", Json::array()}}})
                   .dump()};
}

/// The best `depth` rows of a side, in the order of `rows`: Sell worst first, then Buy best first.
std::vector<Row> cut(std::vector<Row> rows, std::size_t depth) {
  const auto first_bid =
      std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.side == Side::bid; });
  const auto asks = static_cast<std::size_t>(first_bid - rows.begin());
  const auto bids = rows.size() - asks;
  if (bids > depth) rows.resize(asks + depth);
  if (asks > depth)
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(asks - depth));
  return rows;
}

/// depth: rows a side, 0 for all, 25 when absent; empty when it is no number.
std::optional<std::size_t> depth_of(const Target& target) {
  const std::string text = target.value("depth");
  if (text.empty()) return default_depth;
  std::size_t depth = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), depth);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return depth == 0 ? std::size_t{1} << 40U : depth;
}

RestAnswer order_book(const Exchange& exchange, const Target& target) {
  const std::string pool = target.value("pool").empty() ? "Aggregated" : target.value("pool");
  const auto depth = depth_of(target);
  if (!depth) return {400, rest_error("'depth' must be a number.")};
  const auto& channels = exchange.source().channels();
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i].symbol != target.value("symbol")) continue;
    if (!channels[i].pool.empty() && channels[i].pool != pool) continue;
    BookFrame image = exchange.image(i);
    image.rows = cut(std::move(image.rows), *depth);
    return {200, write_bitmex_rows(image, channels[i])};
  }
  return {200, "[]"};
}

}  // namespace

std::string rest_error(std::string_view message) {
  return Json{{"error", {{"message", message}, {"name", "HTTPError"}}}}.dump();
}

RestAnswer answer_rest(const Exchange& exchange, std::string_view target) {
  const Target parts{target};
  if (!parts.path.starts_with(root)) return {404, rest_error("Not Found")};
  const std::string_view path = std::string_view{parts.path}.substr(root.size());
  if (path == "/schema/websocketHelp") return {200, BitmexConversation::help()};
  if (path == "/instrument") return instruments(exchange, parts.value("symbol"));
  if (path == "/instrument/active" || path == "/instrument/activeAndIndices")
    return instruments(exchange, "");
  if (path == "/wallet/assets") return assets();
  if (path == "/announcement/urgent") return {200, "[]"};
  if (path == "/orderBook/L2") return order_book(exchange, parts);
  return {404, rest_error("Not Found")};
}

}  // namespace obkit::exchange

#include "coinbase.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../symbol_name.hpp"
#include "decoder.hpp"

namespace obkit::feed::coinbase {
namespace {

/// Under which name the exchange sends a product's book: what is traded in USDC has the book of USD
/// but for two.
std::string book_name(const std::string& symbol) {
  const bool has_own = symbol == "USDT-USDC" || symbol == "EURC-USDC";
  return symbol.ends_with("-USDC") && !has_own ? symbol.substr(0, symbol.size() - 1) : symbol;
}

class CoinbaseProtocol final : public Protocol {
 public:
  explicit CoinbaseProtocol(Subscription subscription)
      : symbols_{std::move(subscription.symbols)},
        with_trades_{subscription.with_trades},
        decoder_{with_trades_} {
    for (const std::string& symbol : symbols_)
      if (const std::string name = book_name(symbol); name != symbol) aliases_[name] = symbol;
  }

  /// The books first: so the first acknowledgement is theirs.
  std::vector<Request> open() override {
    decoder_.open();
    refused_.clear();
    std::vector<Request> requests{request("subscribe", "level2", symbols_),
                                  request("subscribe", "heartbeats", {})};
    if (with_trades_) requests.emplace_back(request("subscribe", "market_trades", symbols_));
    awaited_ = static_cast<int>(requests.size());
    return requests;
  }

  const Frame& decode(std::string_view text) override {
    Frame& frame = decoder_.decode(text);
    if (frame.kind == Frame::Kind::book) tell_names(frame);
    if (frame.kind == Frame::Kind::trades) tell_names_of_trades(frame);
    if (frame.kind == Frame::Kind::refused && !frame.symbol.empty()) subscribe_others(frame);
    if (frame.kind == Frame::Kind::subscribed && frame.lost.empty()) tell_missing(frame);
    return frame;
  }

  /// Who has subscribed already gets no snapshot. An acknowledgement may have the list of the
  /// moment between.
  std::vector<Request> refresh(const std::string& symbol) override {
    awaited_ = 0;
    return {request("unsubscribe", "level2", {symbol}), request("subscribe", "level2", {symbol})};
  }

 private:
  static std::string request(std::string_view type, std::string_view channel,
                             const std::vector<std::string>& symbols) {
    std::string list;
    for (const std::string& symbol : symbols)
      list.append(list.empty() ? R"("product_ids":[")" : ",\"").append(symbol).append("\"");
    if (!list.empty()) list += "],";
    return std::string{R"({"type":")"}.append(type).append("\",") + list + R"("channel":")" +
           std::string{channel} + "\"}";
  }

  /// The names that were asked for, and what the captures of other symbols need of the frame.
  void tell_names(Frame& frame) {
    UpdateList& updates = decoder_.updates();
    const std::size_t count = updates.all().size();
    for (std::size_t i = 0; i < count && !aliases_.empty(); ++i) {
      const auto alias = aliases_.find(updates.all()[i].symbol);
      if (alias == aliases_.end()) continue;
      if (is_wanted(alias->first)) {
        BookUpdate& second = updates.add();
        second = updates.all()[i];
        second.symbol = alias->second;
      } else {
        updates.all()[i].symbol = alias->second;
      }
    }
    frame.updates = updates.all();
    tell_elsewhere(frame);
  }

  void tell_names_of_trades(Frame& frame) {
    TradeList& trades = decoder_.trades();
    const std::size_t count = trades.all().size();
    for (std::size_t i = 0; i < count && !aliases_.empty(); ++i) {
      const auto alias = aliases_.find(trades.all()[i].symbol);
      if (alias == aliases_.end()) continue;
      if (is_wanted(alias->first))
        trades.repeat(i, alias->second);
      else
        trades.all()[i].symbol = alias->second;
    }
    frame.trades = trades.all();
    tell_elsewhere(frame);
  }

  [[nodiscard]] bool is_wanted(const std::string& symbol) const {
    return std::find(symbols_.begin(), symbols_.end(), symbol) != symbols_.end();
  }

  void tell_elsewhere(Frame& frame) {
    if (symbols_.size() < 2 || !decoder_.number()) return;
    frame.elsewhere.append(R"({"channel":"l2_data","sequence_num":)")
        .append(std::to_string(*decoder_.number()))
        .append(R"(,"events":[]})");
  }

  /// Behind the acknowledgements of all requests, what is not in their list is not served.
  void tell_missing(Frame& frame) {
    if (awaited_ == 0 || --awaited_ > 0) return;
    const std::string list = "," + frame.text + ",";
    const auto is_served = [&](const std::string& symbol) {
      return list.find("," + symbol + ",") != std::string::npos ||
             list.find("," + book_name(symbol) + ",") != std::string::npos;
    };
    std::vector<std::string> missing;
    for (const std::string& symbol : symbols_)
      if (!is_served(symbol) && !refused_.contains(symbol)) missing.push_back(symbol);
    if (missing.empty()) return;
    frame.kind = Frame::Kind::refused;
    frame.text = "no such product: ";
    for (const std::string& symbol : missing)
      frame.text.append(frame.text.ends_with(' ') ? "" : ", ").append(symbol);
    if (missing.size() < symbols_.size()) frame.symbol = missing.front();
  }

  /// One that is none may have failed all of its request.
  void subscribe_others(Frame& frame) {
    refused_.insert(frame.symbol);
    std::vector<std::string> others;
    for (const std::string& symbol : symbols_)
      if (!refused_.contains(symbol)) others.push_back(symbol);
    if (others.empty()) return;
    frame.replies.emplace_back(request("subscribe", "level2", others));
    if (with_trades_) frame.replies.emplace_back(request("subscribe", "market_trades", others));
  }

  std::vector<std::string> symbols_;
  bool with_trades_;
  std::unordered_map<std::string, std::string> aliases_;  ///< what was asked for by a book's name
  std::unordered_set<std::string> refused_;
  int awaited_ = 0;  ///< acknowledgements of what open() sent
  Decoder decoder_;
};

bool is_symbol(std::string_view text) { return is_name(text, Letters::any, "-"); }

bool recognizes(std::string_view frame) {
  const auto has = [&](std::string_view text) {
    return frame.find(text) != std::string_view::npos;
  };
  const bool is_of_exchange =
      has(R"("product_id")") &&
      (has(R"("l2update")") || has(R"("snapshot")") || has(R"("match")") || has(R"("last_match")"));
  return is_of_exchange || (has(R"("sequence_num")") && has(R"("events")"));
}

}  // namespace

Venue venue() {
  return {.name = "coinbase",
          .live_url = "wss://advanced-trade-ws.coinbase.com",
          .live_http_url = "https://api.coinbase.com",
          .default_symbol = "BTC-USD",
          .symbols_max = 16,  // 32 fail, as users report; no document tells it
          .connect_pace = std::chrono::milliseconds{125},  // 8 a second
          .keepalive = {},                                 // heartbeats are a channel
          // A heartbeat comes each second; a book has up to 5 MB.
          .silence = {.connection = std::chrono::seconds{3}, .symbol = std::chrono::seconds{300}},
          .facts = {.channel = "level2 (Advanced Trade)",
                    .depth = "all",
                    .snapshot = "by the socket",
                    .proof = "the numbers of all frames of a connection rise by one",
                    .region = "none known",
                    .archives = "captures; Tardis (the Exchange feed, which has no proof)",
                    .trades = "market_trades"},
          .make_protocol = make_protocol<CoinbaseProtocol>,
          .is_symbol = is_symbol,
          .recognizes = recognizes,
          .listing = &listing()};
}

}  // namespace obkit::feed::coinbase

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "obkit/feed/deribit.hpp"

namespace obkit::feed::deribit {
namespace {

/// The exchange suggests no more.
constexpr std::size_t channels_per_request = 500;
constexpr int heartbeat_seconds = 30;

std::string channel_of(const std::string& symbol) { return "book." + symbol + ".100ms"; }

class DeribitProtocol final : public Protocol {
 public:
  explicit DeribitProtocol(Subscription subscription) : symbols_{std::move(subscription.symbols)} {}

  std::vector<std::string> open() override {
    std::vector<std::string> requests{
        request("public/set_heartbeat", R"("interval":)" + std::to_string(heartbeat_seconds))};
    unacknowledged_.clear();
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      if (i % channels_per_request == 0) unacknowledged_.emplace_back();
      unacknowledged_.back().push_back(symbols_[i]);
    }
    for (const auto& group : unacknowledged_)
      requests.push_back(channels_request("public/subscribe", group));
    return requests;
  }

  const Frame& decode(std::string_view text) override {
    const Frame& frame = decoder_.decode(text);
    return frame.kind == Frame::Kind::subscribed ? check(frame) : frame;
  }

  std::vector<std::string> refresh(const std::string& symbol) override {
    return {channels_request("public/unsubscribe", {symbol}),
            channels_request("public/subscribe", {symbol})};
  }

 private:
  /// An acknowledgement silently leaves out what the exchange does not have.
  const Frame& check(const Frame& frame) {
    if (unacknowledged_.empty()) return frame;
    refusal_.clear();
    const std::string list = "," + frame.text + ",";
    const std::vector<std::string> asked = std::move(unacknowledged_.front());
    unacknowledged_.pop_front();
    for (const std::string& symbol : asked)
      if (list.find("," + channel_of(symbol) + ",") == std::string::npos)
        refusal_.text.append(refusal_.text.empty() ? "no such instrument: " : ", ").append(symbol);
    if (refusal_.text.empty()) return frame;
    refusal_.kind = Frame::Kind::refused;
    return refusal_;
  }

  std::string request(const std::string& method, const std::string& parameters) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(++id_) + R"(,"method":")" + method +
           R"(","params":{)" + parameters + "}}";
  }

  std::string channels_request(const std::string& method, const std::vector<std::string>& symbols) {
    std::string list;
    for (const std::string& symbol : symbols)
      list.append(list.empty() ? "\"" : ",\"").append(channel_of(symbol)).append("\"");
    return request(method, R"("channels":[)" + list + "]");
  }

  std::vector<std::string> symbols_;
  std::deque<std::vector<std::string>> unacknowledged_;  // answered in this order
  std::uint64_t id_ = 0;
  Decoder decoder_;
  Frame refusal_;
};

bool is_symbol(std::string_view text) {
  const auto is_legal = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), is_legal);
}

bool recognizes(std::string_view frame) {
  return frame.find("\"jsonrpc\"") != std::string_view::npos;
}

}  // namespace

Venue venue() {
  return {.name = "deribit",
          .live_url = "wss://www.deribit.com/ws/api/v2",
          .testnet_url = "wss://test.deribit.com/ws/api/v2",
          .default_symbol = "BTC-PERPETUAL",
          .has_pools = false,
          .note = {},
          .make_protocol = [](Subscription subscription) -> std::unique_ptr<Protocol> {
            return std::make_unique<DeribitProtocol>(std::move(subscription));
          },
          .is_symbol = is_symbol,
          .recognizes = recognizes,
          .auth_headers = nullptr};
}

}  // namespace obkit::feed::deribit

#include <utility>

#include "obkit/feed/bitmex.hpp"

namespace obkit::feed::bitmex {
namespace {

class BitmexProtocol final : public Protocol {
 public:
  explicit BitmexProtocol(Subscription subscription) : subscription_{std::move(subscription)} {}

  std::vector<std::string> open() override {
    return subscribe_requests(subscription_.symbols, subscription_.pool);
  }

  const Frame& decode(std::string_view text) override { return decoder_.decode(text); }

  std::vector<std::string> refresh(const std::string& symbol) override {
    const std::span<const std::string> one{&symbol, 1};
    auto requests = unsubscribe_requests(one, subscription_.pool);
    for (auto& request : subscribe_requests(one, subscription_.pool))
      requests.push_back(std::move(request));
    return requests;
  }

 private:
  Subscription subscription_;
  Decoder decoder_;
};

bool recognizes(std::string_view frame) {
  return frame.find("\"table\"") != std::string_view::npos ||
         frame.find("BitMEX") != std::string_view::npos;
}

}  // namespace

Venue venue() {
  return {.name = "bitmex",
          .live_url = "wss://ws.bitmex.com/realtime",
          .testnet_url = "wss://ws.testnet.bitmex.com/realtime",
          .default_symbol = "XBTUSD",
          .has_pools = true,
          .note = "BitMEX closed on 2026-09-23; see --url and --replay",
          .make_protocol = [](Subscription subscription) -> std::unique_ptr<Protocol> {
            return std::make_unique<BitmexProtocol>(std::move(subscription));
          },
          .is_symbol = is_symbol,
          .recognizes = recognizes,
          .auth_headers = auth_headers};
}

}  // namespace obkit::feed::bitmex

#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/protocol.hpp"

namespace obkit::exchange {

enum class BinanceMarket { spot, usdm, coinm };

/// Binance's combined socket as of 2026: SUBSCRIBE and UNSUBSCRIBE of SYMBOL@depth@100ms. All is
/// acknowledged, also what does not exist.
class BinanceConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation. `second` is how long a second of notice takes.
  BinanceConversation(const std::vector<Channel>& channels, std::chrono::milliseconds second)
      : channels_{channels}, second_{second} {}

  [[nodiscard]] Outcome open(const Opening&) override { return {}; }
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  /// An end that is planned is told some minutes before.
  [[nodiscard]] Outcome complain(const Injection& injection, Timestamp now) const override;

 private:
  void subscribe(const std::string& stream, Outcome& outcome);
  void unsubscribe(const std::string& stream, Outcome& outcome);

  const std::vector<Channel>& channels_;
  std::chrono::milliseconds second_;
  std::map<std::string, Subscription> subscriptions_;  ///< by stream
};

/// Diffs on the socket, and by HTTP books (`depth`) and instruments (`exchangeInfo`) below /api/v3,
/// /fapi/v1 and /dapi/v1.
class BinanceProtocol final : public Protocol {
 public:
  explicit BinanceProtocol(BinanceMarket market) : market_{market} {}

  [[nodiscard]] std::string_view path() const override;
  [[nodiscard]] std::unique_ptr<Conversation> converse(
      const std::vector<Channel>& channels, const ConversationOptions& options) const override;
  [[nodiscard]] std::string subscribe_request(const Channel& channel) const override;
  [[nodiscard]] std::string trades_request(const std::string& symbol) const override;
  [[nodiscard]] BookFrame image(std::size_t channel, const TrueBook& book,
                                Timestamp now) const override;
  /// A diff. Pre: its action is change.
  [[nodiscard]] std::string write(const BookFrame& frame, const Channel& channel) const override;
  /// As an answer has it; nothing of the kind is sent. Pre: one image.
  [[nodiscard]] std::string write_partial(const std::vector<BookFrame>& images,
                                          const std::vector<Channel>& channels,
                                          std::string_view symbol) const override;
  /// The frame with one more row.
  [[nodiscard]] std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                            Row row) const override;
  /// No capture of it is sent again.
  [[nodiscard]] std::optional<CapturedFrame> parse(std::string_view text,
                                                   Timestamp received) const override;
  [[nodiscard]] std::vector<std::string> sample_symbols() const override {
    if (market_ == BinanceMarket::coinm) return {"BTCUSD_PERP", "ETHUSD_PERP"};
    return {"BTCUSDT", "ETHUSDT"};
  }
  [[nodiscard]] bool sends_partials() const override { return false; }
  [[nodiscard]] std::string book_target(const std::string& symbol) const override;
  [[nodiscard]] RestAnswer answer_get(const Exchange& exchange,
                                      std::string_view target) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;

 private:
  [[nodiscard]] std::string depth_page() const { return root() + "/depth"; }
  [[nodiscard]] std::string root() const;
  [[nodiscard]] RestAnswer exchange_info(const Exchange& exchange) const;
  [[nodiscard]] std::size_t most_levels() const;
  [[nodiscard]] std::uint64_t first_number(const BookFrame& frame) const;
  void append_side(std::string& out, const BookFrame& frame, Side side) const;
  [[nodiscard]] std::string write_book(const BookFrame& image, const Channel& channel,
                                       std::size_t limit) const;

  BinanceMarket market_;
};

}  // namespace obkit::exchange

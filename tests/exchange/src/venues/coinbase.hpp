#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/protocol.hpp"

namespace obkit::exchange {

/// Coinbase Advanced Trade as of 2026: channels level2, market_trades and heartbeats. Each message
/// but an error has a number of the connection. An acknowledgement comes behind the first books and
/// lists all subscriptions. Who has no heartbeats is cut after a while.
class CoinbaseConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation. `second` is that between heartbeats.
  CoinbaseConversation(const std::vector<Channel>& channels, std::chrono::milliseconds second);

  [[nodiscard]] Outcome open(const Opening&) override { return {}; }
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] std::optional<Timestamp> due() const override;
  [[nodiscard]] Outcome on_time(Timestamp now) override;
  [[nodiscard]] Outcome complain(const Injection& injection, Timestamp now) const override;

 private:
  void subscribe(const std::string& channel, const std::vector<std::string>& products,
                 Outcome& outcome);
  void unsubscribe(const std::string& channel, const std::vector<std::string>& products,
                   Outcome& outcome);
  /// The book of a product, under its own name or that which stands for it.
  [[nodiscard]] std::optional<Subscription> find(const std::string& product) const;
  [[nodiscard]] std::string acknowledgement(Timestamp now) const;
  [[nodiscard]] std::string heartbeat(Timestamp now);

  const std::vector<Channel>& channels_;
  std::chrono::milliseconds second_;
  /// By channel, level2 or market_trades, and product.
  std::map<std::string, std::map<std::string, Subscription>> subscriptions_;
  std::size_t owed_ = 0;                ///< acknowledgements
  std::optional<Timestamp> next_beat_;  ///< empty: no heartbeats are wanted
  std::optional<Timestamp> heard_;      ///< when the client spoke last
  std::uint64_t beats_ = 0;
};

/// All levels, sizes absolute.
class CoinbaseProtocol final : public Protocol {
 public:
  [[nodiscard]] std::string_view path() const override { return "/"; }
  [[nodiscard]] std::unique_ptr<Conversation> converse(
      const std::vector<Channel>& channels, const ConversationOptions& options) const override;
  [[nodiscard]] std::string subscribe_request(const Channel& channel) const override;
  [[nodiscard]] std::string trades_request(const std::string& symbol) const override;
  [[nodiscard]] BookFrame image(std::size_t channel, const TrueBook& book,
                                Timestamp now) const override;
  [[nodiscard]] std::string write(const BookFrame& frame, const Channel& channel) const override;
  [[nodiscard]] std::string write_partial(const std::vector<BookFrame>& images,
                                          const std::vector<Channel>& channels,
                                          std::string_view symbol) const override;
  /// The frame with one more row.
  [[nodiscard]] std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                            Row row) const override;
  /// Sizes must be whole numbers. Its text is numbered anew.
  [[nodiscard]] std::optional<CapturedFrame> parse(std::string_view text,
                                                   Timestamp received) const override;
  [[nodiscard]] std::vector<std::string> sample_symbols() const override {
    return {"BTC-USD", "ETH-USD"};
  }
  [[nodiscard]] RestAnswer answer_get(const Exchange& exchange,
                                      std::string_view target) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;
};

}  // namespace obkit::exchange

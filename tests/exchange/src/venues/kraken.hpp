#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/protocol.hpp"

namespace obkit::exchange {

/// Kraken's JSON on /v2 as of 2026: channels book, in one depth, and trade; a heartbeat each
/// second, and the end for whoever says nothing for a minute.
class KrakenConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation. `second` is how long a second takes.
  KrakenConversation(const std::vector<Channel>& channels, std::chrono::milliseconds second)
      : channels_{channels}, second_{second} {}

  [[nodiscard]] Outcome open(const Opening&) override;
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] std::optional<Timestamp> due() const override;
  [[nodiscard]] Outcome on_time(Timestamp now) override;
  [[nodiscard]] Outcome complain(const Injection& injection, Timestamp now) const override;

 private:
  /// What is subscribed to.
  struct Topic {
    std::string symbol;
    bool is_of_trades = false;

    [[nodiscard]] std::string name() const { return (is_of_trades ? "trade:" : "book:") + symbol; }
  };

  void change(const Topic& topic, bool begins, Outcome& outcome);
  void subscribe(const Topic& topic, Outcome& outcome);
  void unsubscribe(const Topic& topic, Outcome& outcome);

  const std::vector<Channel>& channels_;
  std::chrono::milliseconds second_;
  std::map<std::string, Subscription> subscriptions_;  ///< by topic
  std::optional<Timestamp> heard_;                     ///< when the client spoke last
  Timestamp beat_;                                     ///< when the next heartbeat is due
};

/// Windows of ten levels a side. What leaves one is left to the clients to forget; only a checksum
/// of the book tells that something was lost.
class KrakenProtocol final : public Protocol {
 public:
  static constexpr std::size_t depth = 10;

  [[nodiscard]] std::string_view path() const override { return "/v2"; }
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
  /// The frame with one more row, and the checksum without it.
  [[nodiscard]] std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                            Row row) const override;
  /// Its frames have no numbers to replay by.
  [[nodiscard]] std::optional<CapturedFrame> parse(std::string_view, Timestamp) const override {
    return std::nullopt;
  }
  [[nodiscard]] Batches batches() const override { return {.levels = depth}; }
  [[nodiscard]] bool is_numbered() const override { return false; }
  [[nodiscard]] std::vector<std::string> sample_symbols() const override {
    return {"BTC/USD", "ETH/USD"};
  }
  [[nodiscard]] std::uint32_t checksum(const TrueBook& book) const override;
  /// The list of instruments.
  [[nodiscard]] RestAnswer answer_get(const Exchange& exchange,
                                      std::string_view target) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;
};

}  // namespace obkit::exchange

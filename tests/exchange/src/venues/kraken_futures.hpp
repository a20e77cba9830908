#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/protocol.hpp"

namespace obkit::exchange {

/// The JSON of Kraken's futures on /ws/v1 as of 2026: the feeds book and trade, acknowledged
/// product by product.
class KrakenFuturesConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation.
  explicit KrakenFuturesConversation(const std::vector<Channel>& channels) : channels_{channels} {}

  [[nodiscard]] Outcome open(const Opening&) override;
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] Outcome complain(const Injection& injection, Timestamp now) const override;

 private:
  void subscribe(const std::string& feed, const std::string& product, Outcome& outcome);
  void unsubscribe(const std::string& feed, const std::string& product, Outcome& outcome);

  const std::vector<Channel>& channels_;
  std::map<std::string, Subscription> subscriptions_;  ///< by feed and product
};

/// Whole books; a message is a change of one level, whose numbers are counted.
class KrakenFuturesProtocol final : public Protocol {
 public:
  [[nodiscard]] std::string_view path() const override { return "/ws/v1"; }
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
  /// The frame, and one of its own with the next number.
  [[nodiscard]] std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                            Row row) const override;
  /// None: a capture's sizes are no whole numbers.
  [[nodiscard]] std::optional<CapturedFrame> parse(std::string_view, Timestamp) const override {
    return std::nullopt;
  }
  [[nodiscard]] Batches batches() const override {
    return {.levels = 0, .is_counted = true, .is_by_row = true};
  }
  [[nodiscard]] std::vector<std::string> sample_symbols() const override {
    return {"PF_XBTUSD", "PF_ETHUSD"};
  }
  /// The list of instruments.
  [[nodiscard]] RestAnswer answer_get(const Exchange& exchange,
                                      std::string_view target) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;
};

}  // namespace obkit::exchange

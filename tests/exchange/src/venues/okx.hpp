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

/// OKX's JSON on /ws/v5/public as of 2026: the channels books and bbo-tbt, each argument of a
/// request answered for itself, and pings of bare text. Whoever says nothing for half a minute is
/// cut.
class OkxConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation. `second` is how long a second of silence takes.
  OkxConversation(const std::vector<Channel>& channels, std::chrono::milliseconds second)
      : channels_{channels}, second_{second} {}

  [[nodiscard]] Outcome open(const Opening&) override { return {}; }
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] std::optional<Timestamp> due() const override;
  [[nodiscard]] Outcome on_time(Timestamp now) override;
  /// An end that is planned is told by a notice before.
  [[nodiscard]] Outcome complain(const Injection& injection, Timestamp now) const override;

 private:
  struct Argument;

  void subscribe(const Argument& argument, Outcome& outcome);
  void unsubscribe(const Argument& argument, Outcome& outcome);

  const std::vector<Channel>& channels_;
  std::chrono::milliseconds second_;
  std::map<std::string, Subscription> subscriptions_;  ///< by channel and symbol
  std::optional<Timestamp> heard_;                     ///< when the client spoke last
};

/// Windows of 400 levels a side. Each change names the number of the one before; numbers begin anew
/// now and then.
class OkxProtocol final : public Protocol {
 public:
  [[nodiscard]] std::string_view path() const override { return "/ws/v5/public"; }
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
  [[nodiscard]] std::string write_best(const TrueBook& book, const Channel& channel) const override;
  /// The frame with one more row.
  [[nodiscard]] std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                            Row row) const override;
  /// Sizes must be whole numbers.
  [[nodiscard]] std::optional<CapturedFrame> parse(std::string_view text,
                                                   Timestamp received) const override;
  [[nodiscard]] Batches batches() const override {
    return {.levels = 400, .is_counted = false, .restarts = true};
  }
  /// The list of instruments.
  [[nodiscard]] RestAnswer answer_get(const Exchange& exchange,
                                      std::string_view target) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;
};

}  // namespace obkit::exchange

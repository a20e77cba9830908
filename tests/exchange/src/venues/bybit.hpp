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

/// A public stream of Bybit's v5, which has a path of its own.
enum class BybitStream : std::uint8_t { linear, spot, inverse };

/// Bybit's JSON on /v5/public/STREAM as of 2026: books in windows, and pings. An acknowledgement
/// comes behind the first books, and whoever says nothing for long is cut.
class BybitConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation. `second` is how long a second of silence takes.
  BybitConversation(const std::vector<Channel>& channels, BybitStream stream,
                    std::chrono::milliseconds second);

  [[nodiscard]] Outcome open(const Opening&) override { return {}; }
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] std::optional<Timestamp> due() const override;
  [[nodiscard]] Outcome on_time(Timestamp now) override;
  [[nodiscard]] Outcome complain(const Injection& injection, Timestamp now) const override;

 private:
  struct Request;

  void subscribe(const Request& request, Outcome& outcome);
  void unsubscribe(const Request& request, Outcome& outcome);
  /// Why one of the topics fails all of its request; empty: none does.
  [[nodiscard]] std::string problem_of(const std::vector<std::string>& topics) const;
  [[nodiscard]] std::optional<Subscription> find(const std::string& topic) const;

  const std::vector<Channel>& channels_;
  BybitStream stream_;
  std::chrono::milliseconds second_;
  std::map<std::string, Subscription> subscriptions_;  ///< by topic
  std::vector<std::string> late_;                      ///< acknowledgements that are owed
  std::optional<Timestamp> heard_;                     ///< when the client spoke last
};

/// Windows of 50 levels a side, whose changes are counted, and of the best level alone.
class BybitProtocol final : public Protocol {
 public:
  explicit BybitProtocol(BybitStream stream) : stream_{stream} {}

  [[nodiscard]] std::string_view path() const override;
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
  [[nodiscard]] Batches batches() const override { return {.levels = 50, .is_counted = true}; }
  /// The list of instruments.
  [[nodiscard]] RestAnswer answer_get(const Exchange& exchange,
                                      std::string_view target) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;

 private:
  BybitStream stream_;
};

}  // namespace obkit::exchange

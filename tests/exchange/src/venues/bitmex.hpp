#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/protocol.hpp"

namespace obkit::exchange {

/// BitMEX's /realtime as of 2026.
class BitmexConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation.
  BitmexConversation(const std::vector<Channel>& channels, Credentials credentials);

  /// The first message to every client.
  [[nodiscard]] static std::string welcome(Timestamp now);
  /// The answer to "help", also of GET /api/v1/schema/websocketHelp.
  [[nodiscard]] static std::string help();

  [[nodiscard]] Outcome open(const Opening& opening) override;
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] Outcome complain(const Injection& injection, Timestamp now) const override;

 private:
  struct Request;  ///< one argument of one request, and the request as it is echoed

  void subscribe(const Request& request, Outcome& outcome);
  void unsubscribe(const Request& request, Outcome& outcome);
  [[nodiscard]] Outcome authenticate(const nlohmann::ordered_json& request, Timestamp now);
  [[nodiscard]] std::vector<std::size_t> find(std::string_view symbol, std::string_view pool) const;

  const std::vector<Channel>& channels_;
  Credentials credentials_;
  std::map<std::string, Subscription> subscriptions_;  ///< by topic
};

/// The frame as BitMEX wrote it in 2026: price, timestamp, transactTime and pool in every row, no
/// size in a delete. Pre: every row has a price and, but for a delete, a size; no `change`.
[[nodiscard]] std::string write_bitmex_frame(const BookFrame& frame, const Channel& channel);

/// One partial for several channels of one pool, as a subscription without a symbol gets it.
/// `filter_symbol` is empty there.
[[nodiscard]] std::string write_bitmex_partial(const std::vector<BookFrame>& images,
                                               const std::vector<Channel>& channels,
                                               std::string_view filter_symbol);

/// Rows as a JSON array.
[[nodiscard]] std::string write_bitmex_rows(const BookFrame& frame, const Channel& channel);

/// Frames per action, rows by id, partials that may be of several symbols.
class BitmexProtocol final : public Protocol {
 public:
  [[nodiscard]] std::string_view path() const override { return "/realtime"; }
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
  /// A quote of the channel's pool.
  [[nodiscard]] std::string write_best(const TrueBook& book, const Channel& channel) const override;
  /// The frame, and one more.
  [[nodiscard]] std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                            Row row) const override;
  [[nodiscard]] std::optional<CapturedFrame> parse(std::string_view text,
                                                   Timestamp received) const override;
  [[nodiscard]] bool is_batched() const override { return false; }
  [[nodiscard]] RestAnswer answer_get(const Exchange& exchange,
                                      std::string_view target) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;
};

}  // namespace obkit::exchange

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

/// Deribit's JSON-RPC on /ws/api/v2 as of 2026, public methods: books per 100 ms, and heartbeats.
class DeribitConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation. `second` is how long a second of the heartbeat
  /// takes.
  DeribitConversation(const std::vector<Channel>& channels, std::chrono::milliseconds second);

  [[nodiscard]] Outcome open(const Opening&) override { return {}; }
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] std::optional<Timestamp> due() const override;
  [[nodiscard]] Outcome on_time(Timestamp now) override;
  [[nodiscard]] Outcome complain(const Injection& injection, Timestamp now) const override;

 private:
  struct Request;  ///< method, parameters, and the envelope of the answer

  void dispatch(const Request& request, Outcome& outcome);
  void set_heartbeat(const Request& request, Outcome& outcome);
  void subscribe(const Request& request, Outcome& outcome);
  void unsubscribe(const Request& request, Outcome& outcome);
  [[nodiscard]] std::optional<Subscription> find(const std::string& name) const;

  const std::vector<Channel>& channels_;
  std::chrono::milliseconds second_;
  std::map<std::string, Subscription> subscriptions_;  ///< by the venue's channel name
  std::optional<std::chrono::nanoseconds> interval_;   ///< of heartbeats
  Timestamp next_beat_;
  std::optional<Timestamp> answer_by_;  ///< for public/test, once it was asked for
};

/// The notification of book.{symbol}.100ms as Deribit wrote it in 2026: `snapshot` for a partial,
/// else `change` with `prev_change_id` at the end. Rows come out in their order, bids and asks
/// apart. Pre: every row has a price; the action is partial or change.
[[nodiscard]] std::string write_deribit_frame(const BookFrame& frame, const Channel& channel);

/// "book.{symbol}.100ms"
[[nodiscard]] std::string deribit_channel(const std::string& symbol);

/// Appends a number as Erlang's float_to_binary(X, [short]) has it: the fewest digits that read
/// back to the same bits, always with a point, with an exponent where that is strictly shorter:
/// `83958.0`, `8.39e4`, `200.0`, `0.0`. Pre: finite, not negative, below 2^53.
void append_short_float(std::string& out, double value);

/// Batches of rows by price, chained by change ids.
class DeribitProtocol final : public Protocol {
 public:
  [[nodiscard]] std::string_view path() const override { return "/ws/api/v2"; }
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
  [[nodiscard]] std::optional<CapturedFrame> parse(std::string_view text,
                                                   Timestamp received) const override;
  [[nodiscard]] bool asks() const override { return true; }
  /// public/get_instruments and public/get_order_book.
  [[nodiscard]] RestAnswer answer_get(const Exchange& exchange,
                                      std::string_view target) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;
};

}  // namespace obkit::exchange

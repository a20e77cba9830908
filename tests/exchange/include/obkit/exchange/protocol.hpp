#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/fault.hpp"
#include "obkit/exchange/signature.hpp"
#include "obkit/exchange/true_book.hpp"

namespace obkit::exchange {

/// Where a venue numbers all that it sends on a connection, this stands in a message, near its
/// begin, until it is known which one it will be (Receiver::numbered).
inline constexpr std::string_view number_slot = R"("#")";

/// A subscription to one book, or to all symbols of a pool.
struct Subscription {
  std::string topic;   ///< the name that it is given up by: "orderBookL2:XBTUSD", "book.X.100ms"
  std::string symbol;  ///< empty: all symbols
  std::vector<std::size_t> channels;  ///< one unless all symbols were asked for
  bool is_of_best = false;            ///< of the best level of each side alone
  bool is_of_trades = false;          ///< not of books
};

/// What a websocket is closed with.
struct Closing {
  std::uint16_t code = 1000;
  std::string reason;
  std::chrono::milliseconds after{0};  ///< how soon, of an end that is announced
};

/// What follows from something that a client said, or from time that went by.
struct Outcome {
  std::vector<std::string> replies;  ///< to be sent first, in this order
  std::vector<Subscription> subscribed;
  std::vector<Subscription> unsubscribed;
  std::optional<Closing> close;  ///< after the replies
};

/// How a connection begins.
struct Opening {
  Timestamp market_now;
  std::string topics;                 ///< `?subscribe=` of the URL, where the venue has that
  std::optional<Claim> acknowledged;  ///< credentials of the upgrade, to be acked by a message
};

/// What one client says on the socket and what the venue answers to it: the protocol without
/// sockets, books and clocks.
class Conversation {
 public:
  Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  virtual ~Conversation() = default;

  /// The connection stands.
  [[nodiscard]] virtual Outcome open(const Opening& opening) = 0;
  /// One text message. `now` is the wall's time: for signatures that expire, and heartbeats.
  [[nodiscard]] virtual Outcome receive(std::string_view text, Timestamp now) = 0;
  /// When on_time() is wanted; empty: not at all.
  [[nodiscard]] virtual std::optional<Timestamp> due() const { return std::nullopt; }
  [[nodiscard]] virtual Outcome on_time(Timestamp) { return {}; }
  /// The venue's own words for a fault from `too_many_requests` to `questions`, once.
  [[nodiscard]] virtual Outcome complain(const Injection& injection, Timestamp now) const = 0;
};

/// What conversations depend on besides the channels.
struct ConversationOptions {
  Credentials credentials;
  std::chrono::milliseconds second{1000};  ///< of heartbeats
};

class Exchange;

/// What a GET is answered with.
struct RestAnswer {
  unsigned status = 200;
  std::string body;  ///< JSON
};

/// A book frame of a capture.
struct CapturedFrame {
  std::string symbol, pool;
  BookFrame frame;  ///< of channel 0, with its text
};

/// How one venue speaks: its path, its conversations, its book frames and its HTTP. Without state.
class Protocol {
 public:
  Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol() = default;

  /// Of the URL: "/realtime".
  [[nodiscard]] virtual std::string_view path() const = 0;
  /// `channels` must outlive the conversation.
  [[nodiscard]] virtual std::unique_ptr<Conversation> converse(
      const std::vector<Channel>& channels, const ConversationOptions& options) const = 0;
  /// What a client sends to follow a channel, and the trades of its symbol.
  [[nodiscard]] virtual std::string subscribe_request(const Channel& channel) const = 0;
  [[nodiscard]] virtual std::string trades_request(const std::string& symbol) const = 0;

  /// A partial of a book, with the time that the venue gives it.
  [[nodiscard]] virtual BookFrame image(std::size_t channel, const TrueBook& book,
                                        Timestamp now) const = 0;
  [[nodiscard]] virtual std::string write(const BookFrame& frame, const Channel& channel) const = 0;
  /// One partial for the images of a subscription; `symbol` is empty if it is to all.
  [[nodiscard]] virtual std::string write_partial(const std::vector<BookFrame>& images,
                                                  const std::vector<Channel>& channels,
                                                  std::string_view symbol) const = 0;
  /// The frames that say what `frame` says and, besides, that `row` was the object of `action`.
  [[nodiscard]] virtual std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                                    Row row) const = 0;
  /// A frame of one of its captures; empty for one that is not about books. Throws std::exception
  /// for one that is damaged.
  [[nodiscard]] virtual std::optional<CapturedFrame> parse(std::string_view text,
                                                           Timestamp received) const = 0;
  /// Whether its frames are batches of rows by price, each row with its action; else they are per
  /// action, of rows by id.
  [[nodiscard]] virtual bool is_batched() const { return true; }
  /// How those batches are made.
  [[nodiscard]] virtual Batches batches() const { return {}; }
  /// Whether its frames have numbers; else nothing but a checksum shows that one was lost.
  [[nodiscard]] virtual bool is_numbered() const { return true; }
  /// Two symbols as it could have them.
  [[nodiscard]] virtual std::vector<std::string> sample_symbols() const {
    return {"BTC-PERPETUAL", "ETH-PERPETUAL"};
  }
  /// Whether it asks whether a client is alive, by messages of its own.
  [[nodiscard]] virtual bool asks() const { return false; }
  /// Whether a subscription begins with a partial; else books are asked for by HTTP.
  [[nodiscard]] virtual bool sends_partials() const { return true; }
  /// What a client asks for by a GET to get the symbol's book; empty where a partial comes.
  [[nodiscard]] virtual std::string book_target(const std::string& /*symbol*/) const { return {}; }
  /// What goes with a frame where the venue sends checksums: that of the book behind it.
  [[nodiscard]] virtual std::uint32_t checksum(const TrueBook& /*book*/) const { return 0; }
  /// The answer to a GET of this target, a path with its query. Here: nothing is there.
  [[nodiscard]] virtual RestAnswer answer_get(const Exchange& exchange,
                                              std::string_view target) const;
  /// The best level of each side, with the book's number, for those who subscribed to it alone.
  [[nodiscard]] virtual std::string write_best(const TrueBook& book, const Channel& channel) const;
  /// A message of at least `size` bytes that is not about books.
  [[nodiscard]] virtual std::string large_message(std::size_t size) const = 0;
};

[[nodiscard]] const Protocol& protocol(Venue venue);

}  // namespace obkit::exchange

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "obkit/core/level_update.hpp"
#include "obkit/core/trade.hpp"

namespace obkit::feed {

/// How BookUpdate::lost begins where a price cannot be held exactly.
inline constexpr std::string_view price_not_held =
    "a price of more than nine decimals, or beyond ±4611686018";

/// A header of an HTTP request.
struct Header {
  std::string name;
  std::string value;

  bool operator==(const Header&) const = default;
};

/// A page that a protocol wants from the exchange's HTTP server.
struct HttpGet {
  std::string target;  ///< path and query: `/api/v3/depth?symbol=BTCUSDT`
  /// For which no other may follow it, so that all together stay below what an exchange allows.
  std::chrono::milliseconds pause{0};

  bool operator==(const HttpGet&) const = default;
};

/// What a protocol wants to be sent: a message of the socket, or a GET beside it.
using Request = std::variant<std::string, HttpGet>;

/// How a GET ended. Texts are valid during the call that gets the answer.
struct HttpAnswer {
  std::string_view target;  ///< of the HttpGet
  int status = 0;           ///< of HTTP; 0: no answer came
  std::string_view body = {};
  std::string_view problem = {};  ///< one line for people; empty where the status is 200
  std::optional<std::chrono::seconds> retry_after = {};
  bool is_final = false;  ///< of status 0: only a person can mend it, as a certificate
};

/// What one message of an exchange says, in words that all exchanges share.
struct Frame {
  enum class Kind {
    greeting,    ///< the exchange introduces itself
    subscribed,  ///< `text` the topic, `pool` the pool of it where it is told
    refused,     ///< a request was turned down: `status`, `text`, `retry_after`, `passes`
    pong,
    book,       ///< `updates`, in this order; a snapshot may be followed by what came after it
    trades,     ///< `trades`, those that are new
    other,      ///< legal and of no interest to a book
    malformed,  ///< not what the protocol allows: `text` says what
  };

  Kind kind = Kind::other;
  std::string text = {};
  std::string pool = {};
  int status = 0;
  bool passes = false;      ///< of a refusal: nobody needs to mend anything, it works again later
  std::string symbol = {};  ///< refused alone; or whose subscription begins, where no numbers do
  std::optional<std::chrono::seconds> retry_after = {};
  std::span<const BookUpdate> updates = {};
  std::span<const TradeUpdate> trades = {};
  /// Why the books of all symbols of the connection are lost; empty: they are not. A new connection
  /// brings them back.
  std::string lost = {};
  /// What the exchange announces that ends this connection soon; empty: nothing.
  std::string ends = {};
  /// What stands for it in the captures of other symbols, which its venue numbers with its own
  /// ones; empty: nothing is missed there.
  std::string elsewhere = {};
  std::vector<Request> replies = {};  ///< what is to be sent now

  /// As a new one, but for memory that can be used again.
  void clear() {
    kind = Kind::other;
    text.clear();
    pool.clear();
    status = 0;
    passes = false;
    symbol.clear();
    retry_after.reset();
    updates = {};
    trades = {};
    lost.clear();
    ends.clear();
    elsewhere.clear();
    replies.clear();
  }
};

/// What is to be recorded.
struct Subscription {
  std::vector<std::string> symbols = {};
  std::string pool = {};     ///< of liquidity; empty: the exchange's default
  std::size_t levels = 50;   ///< wanted of each side, where the exchange offers several windows
  bool with_trades = false;  ///< of the same symbols, on the same connection
  bool is_paced = true;      ///< whether GETs have pauses; only a test's own exchange needs none
};

/// An exchange's side of the talk, pure: texts go in, events and requests come out. Knows no socket
/// and no clock, so a live connection and a capture go through the same code.
///
/// What must hold between two updates of a book (a sequence of numbers, a checksum) is checked by
/// the protocol alone: it sets BookUpdate::lost, or BookUpdate::checksum_rule. One symbol is lost
/// so; the others go on.
class Protocol {
 public:
  Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol() = default;

  /// A connection begins, whatever was before is forgotten. Returns what to send first.
  [[nodiscard]] virtual std::vector<Request> open() = 0;

  /// What a message says. No input makes it fail: what it cannot understand is `malformed`. Valid,
  /// with what it refers to, until the next call of either decoder. O(bytes).
  [[nodiscard]] virtual const Frame& decode(std::string_view text) = 0;

  /// What the answer to one of its own HttpGet says, as decode(). An answer that failed may be
  /// ignored: whoever waits for a snapshot asks for it again by refresh(). Here: of no interest.
  [[nodiscard]] virtual const Frame& decode_answer(const HttpAnswer& /*answer*/) {
    static const Frame other;
    return other;
  }

  /// What to send for a fresh snapshot of one symbol, others undisturbed.
  [[nodiscard]] virtual std::vector<Request> refresh(const std::string& symbol) = 0;

  /// What to send for a witness of one symbol's book: BookUpdate::Kind::witness. Here: the exchange
  /// has nothing of the kind.
  [[nodiscard]] virtual std::vector<Request> check(const std::string& /*symbol*/) { return {}; }
};

/// An answer as a capture keeps it, among the messages: `@rest URL BODY`.
[[nodiscard]] std::string captured_answer(std::string_view url, std::string_view body);

/// What a line of a capture says: a message, or an answer that captured_answer() wrote (a tab may
/// stand for a blank).
[[nodiscard]] const Frame& decode_captured(Protocol& protocol, std::string_view text);

}  // namespace obkit::feed

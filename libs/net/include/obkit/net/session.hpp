#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/feed/protocol.hpp"
#include "obkit/net/backoff.hpp"

namespace obkit::net {

/// Why there is no connection, or no longer.
struct Disconnect {
  enum class Kind {
    name,         ///< the host's name cannot be resolved
    connect,      ///< TCP: refused, unreachable, too slow
    certificate,  ///< TLS: unknown issuer, wrong host name, expired
    tls,          ///< TLS: any other failure
    upgrade,      ///< the answer to the upgrade is not 101: `http_status`, `retry_after`
    closed,       ///< the exchange sent a close frame: `close_code`
    cut,          ///< the connection ended without one
    dead,         ///< no answer to a ping, or nothing is read of what is sent
    protocol,     ///< what arrived is not WebSocket, or is too long
    asked,        ///< the observer wished for a new connection
  };
  Kind kind = Kind::cut;
  std::string text = {};  ///< one line for people
  int http_status = 0;
  int close_code = 0;
  std::optional<std::chrono::seconds> retry_after = {};
};

/// The name of a kind, for counters: "name", "connect", ...
[[nodiscard]] constexpr std::string_view to_string(Disconnect::Kind kind) {
  switch (kind) {
    case Disconnect::Kind::name:
      return "name";
    case Disconnect::Kind::connect:
      return "connect";
    case Disconnect::Kind::certificate:
      return "certificate";
    case Disconnect::Kind::tls:
      return "tls";
    case Disconnect::Kind::upgrade:
      return "upgrade";
    case Disconnect::Kind::closed:
      return "closed";
    case Disconnect::Kind::cut:
      return "cut";
    case Disconnect::Kind::dead:
      return "dead";
    case Disconnect::Kind::protocol:
      return "protocol";
    case Disconnect::Kind::asked:
      return "asked";
  }
  return "";
}

/// What to do next.
struct Next {
  enum class Step {
    read_on,
    reconnect,
    stop,
    succeed,    ///< read on, and make a second connection for the heir; nothing while there is one
    hand_over,  ///< the second connection becomes the only one, the first is closed; nothing where
                ///< either is to end
  };
  Step step = Step::read_on;
  std::string reason = {};                               ///< of a reconnect
  std::optional<std::chrono::seconds> retry_after = {};  ///< of a reconnect: not sooner
  std::vector<feed::Request> send = {};                  ///< in this order
};

/// A look at the connection from time to time.
struct Tick {
  bool is_connected = false;
  std::size_t unread_bytes = 0;            ///< that the kernel holds for us
  std::chrono::nanoseconds unanswered{0};  ///< how long a ping has been waiting for its answer
};

/// Is told what happens, on the thread that runs the session. What it throws ends the session and
/// comes out of Session::run().
class SessionObserver {
 public:
  SessionObserver() = default;
  SessionObserver(const SessionObserver&) = delete;
  SessionObserver& operator=(const SessionObserver&) = delete;
  virtual ~SessionObserver() = default;

  /// A connection stands; returns what to send first.
  [[nodiscard]] virtual std::vector<feed::Request> on_open() = 0;
  /// A whole text message, valid during the call.
  [[nodiscard]] virtual Next on_frame(std::string_view text, Timestamp received) = 0;
  /// A GET that was asked for during this connection has ended. Texts are valid during the call.
  [[nodiscard]] virtual Next on_answer(const feed::HttpAnswer& answer, Timestamp received) = 0;
  /// The connection is gone (its socket is closed already), or could not be made. The next attempt
  /// follows after `pause`, unless the step returned is to stop: then there is none, and other
  /// observers' connections go on. Throw to give up.
  virtual Next::Step on_disconnect(const Disconnect& disconnect,
                                   std::chrono::milliseconds pause) = 0;
  /// Every SessionOptions::tick, connected or not. To reconnect or send, there must be a
  /// connection.
  [[nodiscard]] virtual Next on_tick(const Tick& tick) = 0;

  /// Who is told of the second connection that Step::succeed makes, until either observer wants to
  /// hand over: from then on this one is told of it, and nobody of the first. Where the heir wants
  /// to reconnect, the first ends (at once, where its observer wishes so), or there is no second
  /// connection, it is told by on_disconnect(), and that was all. Where it wants to stop, all
  /// stops.
  [[nodiscard]] virtual SessionObserver* heir() { return nullptr; }
};

/// What an upgrade says about who asks.
struct SecretHeaders {
  std::vector<feed::Header> headers;
  std::vector<std::string> hidden;  ///< hidden from the observer in all that arrives, see Secrets
};

struct SessionOptions {
  std::string url;       ///< wss://host[:port]/path or ws://…
  std::string http_url;  ///< https://host[:port] or http://…, of every GET; empty: there is none
  /// `http://[USER:PASSWORD@]HOST[:PORT]` that all connections are made through by CONNECT; empty:
  /// there is none.
  std::string proxy;
  std::string ca_file;  ///< PEM; further anchors besides the system's; empty for none
  /// Headers for an upgrade, asked for anew each time; never sent over ws://.
  std::function<SecretHeaders()> secret_headers = {};
  std::string user_agent = "obkit";
  /// A message that is sent again and again as long as a connection stands.
  struct Keepalive {
    std::string text;  ///< empty: a ping of WebSocket
    std::chrono::milliseconds every;
  };
  std::optional<Keepalive> keepalive = {};
  std::function<Timestamp()> clock;  ///< for receive times
  /// Called on the thread of the session behind what arrived together, when nothing more is ready,
  /// so that what came of it can leave together. What it throws ends the session. May be empty.
  std::function<void()> on_pause = {};
  std::chrono::milliseconds silence{5000};    ///< until a ping, and from there until it is dead
  std::chrono::milliseconds patience{10000};  ///< for connecting, for TLS, for the upgrade
  std::chrono::milliseconds http_patience{20000};  ///< for a GET, from connecting to its last byte
  std::size_t read_message_max = std::size_t{32} * 1024 * 1024;  ///< bytes; also of an answer
  std::size_t unsent_max = std::size_t{4} * 1024 * 1024;  ///< bytes that may wait; more: it is dead
  Backoff::Limits backoff = {};
  /// Between the begins of two connections, whoever wants them; 0: none.
  std::chrono::milliseconds connect_pace{0};
  std::chrono::milliseconds forbidden_pause{300000};  ///< at least, after HTTP 403: a ban may end
  std::chrono::milliseconds longest_retry_after{900000};  ///< what an exchange may ask for
  std::chrono::milliseconds tick{1000};
};

/// A WebSocket connection that comes back, and GETs beside it. For a while there may be a second
/// one, so that one can follow another without a gap. Several observers have a connection each, on
/// one thread: each comes back by itself, and all share what an exchange allows an address, the
/// pace of connections and of GETs.
///
/// Certificate and host name are verified, TLS is 1.2 or later. A socket that is silent is pinged;
/// one that does not answer is dead. The old socket is gone before the next is made.
class Session {
 public:
  /// `random` draws the jitter of the pauses. Throws UsageError for a URL that is none, IoError and
  /// DataError for a CA file that cannot be used.
  Session(SessionOptions options, std::mt19937 random);
  Session(Session&&) = delete;
  Session& operator=(Session&&) = delete;
  ~Session();

  /// Connects, reads, reconnects until stop(), until the observer wants to stop or throws, or
  /// `at_most` has passed. Once.
  void run(SessionObserver& observer, std::optional<std::chrono::milliseconds> at_most = {});
  /// The same with a connection for each of the observers. What one of them wants to stop for, or
  /// throws, ends all.
  void run(std::span<SessionObserver* const> observers,
           std::optional<std::chrono::milliseconds> at_most = {});

  /// Ends run() with a clean close. From any thread; not from a signal handler.
  void stop();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::net

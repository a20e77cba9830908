#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "obkit/exchange/rest.hpp"
#include "obkit/exchange/server.hpp"

namespace obkit::exchange {

/// How a connection ends: with a close frame, with the end of TCP, with its reset, or not at all as
/// far as the client can see.
enum class Ending { none, close, cut, reset, mute };

/// One connection, whatever its transport.
class Client : public Receiver {
 public:
  /// Reads what the client asks for. Once.
  virtual void start() = 0;
  /// Ends once all that is queued was written; what comes later is not taken.
  virtual void end(Ending ending) = 0;
  /// Ends now.
  virtual void end_now(Ending ending) = 0;
  virtual void ping() = 0;
  /// A fault of connections.
  virtual void inject(const Injection& injection) = 0;
  /// The how manieth websocket it is, from 0; empty as long as it is none.
  [[nodiscard]] virtual std::optional<std::uint64_t> index() const = 0;
  /// Bytes that are queued and not yet written.
  [[nodiscard]] virtual std::size_t backlog() const = 0;
};

/// What a connection needs of the server.
class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;

  [[nodiscard]] virtual Exchange& exchange() = 0;
  [[nodiscard]] virtual const ServerOptions& options() const = 0;
  [[nodiscard]] virtual ServerStatistics& counts() = 0;
  [[nodiscard]] virtual Timestamp market_now() const = 0;
  /// What this upgrade is refused with, if it is.
  [[nodiscard]] virtual std::optional<Refusal> refusal() = 0;
  /// What this GET is made to suffer.
  [[nodiscard]] virtual std::optional<Injection> fault_of_answer() = 0;
  /// What a GET of this target was answered with last; empty body: nothing.
  [[nodiscard]] virtual RestAnswer& earlier_answer(const std::string& target) = 0;
  virtual void subscribed() = 0;  ///< a partial was sent or promised
  virtual void drained() = 0;     ///< a backlog shrank
  virtual void gone(Client& client) = 0;
  virtual void keep_open(int socket) = 0;  ///< takes over a silent socket
};

/// A connection on a socket that was accepted; null for `tls`: without TLS.
[[nodiscard]] std::shared_ptr<Client> make_connection(boost::asio::ip::tcp::socket socket,
                                                      boost::asio::ssl::context* tls, Host& host);

}  // namespace obkit::exchange
